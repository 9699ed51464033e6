#include "exporter/session_deriver.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "model/record_batch_testing.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

constexpr Hour kStart = 400'000;

class SessionDeriverTest : public testing::Test {
 protected:
  // A record of its own batch, as a cursor gives it.
  void Add(RecordKind kind, const Guid& session, Hour hour) {
    while (const auto ended = deriver_.TakeEnded(hour)) ended_.push_back(ended->session_id);
    Record record;
    record.kind = kind;
    record.session_id = session;
    record.time = FromMillis(int64_t{hour} * 3'600'000);
    RecordBatchEncoder encoder(kind, TestGuid(1), "", Guid{}, Guid{}, record.time);
    encoder.Add(record);
    const std::string encoded = encoder.Finish();
    ASSERT_TRUE(deriver_.Add({{hour, ++sequence_}, encoded}));
  }
  void AddActivity(const Guid& session, Hour hour) { Add(RecordKind::kActivity, session, hour); }

  SessionDeriver deriver_{kStart, kStart + 3000};
  std::vector<Guid> ended_;
  uint64_t sequence_ = 0;
};

TEST_F(SessionDeriverTest, KeepsOnlyTheSessionsThatAreNotOver) {
  constexpr unsigned kPerHour = 5;
  size_t most = 0;
  for (Hour i = 0; i < 3000; ++i) {
    for (unsigned j = 0; j < kPerHour; ++j) AddActivity(TestGuid(1 + i * kPerHour + j), kStart + i);
    most = std::max(most, deriver_.open());
  }
  EXPECT_EQ(most, kPerHour * (kSessionGapHours + 1)) << "those of the last hours, whatever was before";
  EXPECT_EQ(ended_.size() + deriver_.open(), 3000 * kPerHour);
  EXPECT_EQ(ended_.front(), TestGuid(1)) << "in the order in which they began";
}

// One activity of each session, of a user whose name needs memory of its own.
void AddSessions(SessionDeriver& deriver, uint64_t first, uint64_t count, uint64_t max_bytes) {
  const Timestamp time = FromMillis(int64_t{kStart} * 3'600'000);
  for (uint64_t i = first; i < first + count; ++i) {
    Record record;
    record.kind = RecordKind::kActivity;
    record.session_id = TestGuid(i);
    record.time = time;
    RecordBatchEncoder encoder(record.kind, TestGuid(i), std::string(40, 'u'), Guid{}, Guid{}, time);
    encoder.Add(record);
    const std::string encoded = encoder.Finish();
    ASSERT_TRUE(deriver.Add({{kStart, i + 1}, encoded}));
    ASSERT_LE(deriver.bytes(), max_bytes);
  }
}

TEST_F(SessionDeriverTest, WhatIsOpenNeverTakesMoreMemoryThanItMay) {
  constexpr uint64_t kMaxBytes = 100'000;
  SessionDeriver deriver(kStart, kStart + 23, {}, kMaxBytes);
  AddSessions(deriver, 1, 5000, kMaxBytes);
  EXPECT_LT(deriver.open(), 400u);
  std::vector<SessionShare> shares = deriver.TakeDropped();
  EXPECT_GE(shares.size(), 4u);
  EXPECT_TRUE(deriver.TakeDropped().empty());
  shares.push_back(deriver.share());
  for (uint64_t i = 1; i <= 5000; ++i) {
    const SessionKey key{TestGuid(i), TestGuid(i)};
    EXPECT_EQ(std::ranges::count_if(shares, [&](const SessionShare& share) { return share.Has(key); }), 1);
  }
  while (deriver.TakeEnded(kStart + 100)) continue;
  EXPECT_EQ(deriver.bytes(), 0u);
  EXPECT_EQ(deriver.open(), 0u);
}

TEST_F(SessionDeriverTest, OneDeviceWithManySessionsIsDividedToo) {
  constexpr uint64_t kMaxBytes = 100'000;
  SessionDeriver deriver(kStart, kStart + 23, {}, kMaxBytes);
  const Timestamp time = FromMillis(int64_t{kStart} * 3'600'000);
  RecordBatchEncoder encoder(RecordKind::kActivity, TestGuid(1), "", Guid{}, Guid{}, time);
  for (uint64_t i = 1; i <= 5000; ++i) {
    Record record;
    record.kind = RecordKind::kActivity;
    record.session_id = TestGuid(i);
    record.time = time;
    encoder.Add(record);
  }
  const std::string encoded = encoder.Finish();
  ASSERT_TRUE(deriver.Add({{kStart, 1}, encoded}));
  EXPECT_LE(deriver.bytes(), kMaxBytes) << "though they came in one batch";
  EXPECT_GT(deriver.open(), 100u);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(RAWHAUL_SANITIZED)
// glibc's own account of its heap.
TEST_F(SessionDeriverTest, TheMemoryThatItCountsIsWhatTheHeapGives) {
  SessionDeriver deriver(kStart, kStart + 23);
  const size_t before = mallinfo2().uordblks;
  AddSessions(deriver, 1, 20'000, UINT64_MAX);
  const auto taken = static_cast<double>(mallinfo2().uordblks - before);
  const auto counted = static_cast<double>(deriver.bytes());
  EXPECT_GT(counted / taken, 0.9);
  EXPECT_LT(counted / taken, 1.25);
}
#endif

TEST_F(SessionDeriverTest, ReadingEndsWhenAllIsOverThatBeganWithinTheSpan) {
  // It began before, and goes on for ever.
  for (Hour hour = kStart - 1; hour <= kStart + 2989; hour += 10) AddActivity(TestGuid(1), hour);
  AddActivity(TestGuid(2), kStart + 2990);
  AddActivity(TestGuid(1), kStart + 3010);
  EXPECT_FALSE(deriver_.IsDone(kStart + 3000)) << "a session may still begin";
  EXPECT_FALSE(deriver_.IsDone(kStart + 3014)) << "the second one may go on";
  AddActivity(TestGuid(2), kStart + 3014);
  AddActivity(TestGuid(3), kStart + 3015);
  EXPECT_FALSE(deriver_.IsDone(kStart + 3038));
  AddActivity(TestGuid(1), kStart + 3039);
  EXPECT_TRUE(deriver_.IsDone(kStart + 3039));
  EXPECT_EQ(ended_, std::vector<Guid>{TestGuid(2)}) << "neither what began before nor what began behind";
}

TEST_F(SessionDeriverTest, ASessionWithARecordIsNotWaitedFor) {
  AddActivity(TestGuid(1), kStart + 3000);
  Add(RecordKind::kSession, TestGuid(1), kStart + 3000);
  EXPECT_TRUE(deriver_.IsDone(kStart + 3001));
}

TEST_F(SessionDeriverTest, DamagedBytesAreAnError) {
  EXPECT_EQ(deriver_.Add({{kStart, 1}, "damaged"}).error().code, ErrorCode::kDataLoss);
}

TEST_F(SessionDeriverTest, TheFirstHoursHaveNothingBeforeThem) {
  EXPECT_EQ(SessionDeriver(0, 23).ReadFrom(), 0u);
  EXPECT_EQ(SessionDeriver(30, 53).ReadFrom(), 6u);
}

}  // namespace
}  // namespace rawhaul
