#include "exporter/session_deriver.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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
