// What happens when the disk does not take writes.
#include "store/rocksdb/write_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "store/rocksdb/faulty_disk_testing.h"

namespace rawhaul {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct FaultCase {
  Fault fault;
  std::string name;
  std::string reason;
};

void PrintTo(const FaultCase& tested, std::ostream* out) { *out << tested.name; }

class WriteErrorsTest : public FaultyStores, public testing::TestWithParam<FaultCase> {
 protected:
  void ExpectRefusals() {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const Status status = Write("lost");
      ASSERT_FALSE(status.has_value());
      EXPECT_EQ(status.error().code, ErrorCode::kUnavailable) << status.error().message;
      EXPECT_EQ(status.error().reason, GetParam().reason);
    }
  }
};

TEST_P(WriteErrorsTest, WritesFailWhileTheDiskDoesAndWorkAgainAfterwards) {
  Open();
  ASSERT_TRUE(Write("before").has_value());
  fault = GetParam().fault;
  ExpectRefusals();
  EXPECT_EQ(stores->records().LastSequence(), 1u);
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before"));

  fault = Fault::kNone;
  const Status status = Write("after");
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));

  const uint64_t last = stores->records().LastSequence();
  Open();
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));
  EXPECT_EQ(stores->records().LastSequence(), last);
}

TEST_P(WriteErrorsTest, AStoreThatFailsBeforeItsFirstWriteWorksAgainAfterwards) {
  Open();
  ASSERT_TRUE(Write("before").has_value());
  Open();
  fault = GetParam().fault;
  ExpectRefusals();
  fault = Fault::kNone;
  const Status status = Write("after");
  ASSERT_TRUE(status.has_value()) << status.error().message;
  Open();
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));
}

TEST_P(WriteErrorsTest, ACheckTellsThatTheDiskFailsAndBringsTheStoreBack) {
  Open();
  EXPECT_TRUE(stores->ingest().CheckWritable().has_value());
  fault = GetParam().fault;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Status status = stores->ingest().CheckWritable();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().reason, GetParam().reason);
  }
  fault = Fault::kNone;
  EXPECT_TRUE(stores->ingest().CheckWritable().has_value());
  EXPECT_TRUE(Write("after").has_value());
}

INSTANTIATE_TEST_SUITE_P(Faults, WriteErrorsTest,
                         testing::Values(FaultCase{Fault::kFull, "Full", "DiskFull"},
                                         FaultCase{Fault::kAppendFails, "AppendFails", "DiskError"},
                                         FaultCase{Fault::kSyncFails, "SyncFails", "DiskError"}),
                         [](const auto& tested) { return tested.param.name; });

TEST(ResumeDeathTest, AServerWhoseStoreDoesNotFindBackEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    FaultyStores faulty;
    EmbeddedStoreOptions options = kSmall;
    options.resume_deadline = std::chrono::milliseconds(100);
    faulty.Open(options);
    faulty.fault = Fault::kSyncFails;
    if (faulty.Write("refused")) std::_Exit(1);
    faulty.fault = Fault::kCreateHangs;
    if (!faulty.Write("never answered")) std::_Exit(2);
  };
  EXPECT_EXIT(hang(), testing::ExitedWithCode(kResumeFailed), "start it again");
}

// The numbers of their steps, which `names` begin with, without those of `others`.
std::vector<int> StepsOnlyIn(std::vector<std::string> names, const std::vector<std::string>& others) {
  std::erase_if(
      names, [&](const auto& name) { return std::find(others.begin(), others.end(), name) != others.end(); });
  std::vector<int> steps;
  for (const std::string& name : names) steps.push_back(std::stoi(name));
  return steps;
}

// Faults come and go at any moment of the store's work: logs begin, memory is written out, files are merged.
TEST(ManyFaultsTest, WhatWasAcknowledgedIsThereOnceAndNothingElse) {
  constexpr std::array kFaults{Fault::kNone,        Fault::kNone,        Fault::kFull,
                               Fault::kCreateFails, Fault::kAppendFails, Fault::kSyncFails};
  std::minstd_rand random(20160426);
  FaultyStores faulty;
  faulty.Open();
  std::vector<std::string> acknowledged;
  for (int step = 0; step < 1000; ++step) {
    if (step % 7 == 0) faulty.fault = kFaults.at(random() % kFaults.size());
    if (step % 250 == 249) {
      faulty.fault = Fault::kNone;
      faulty.Open();
    }
    const std::string name = std::to_string(step) + std::string(random() % 20000, 'x');
    if (faulty.Write(name)) acknowledged.push_back(name);
  }
  faulty.fault = Fault::kNone;
  faulty.Open();
  EXPECT_THAT(acknowledged.size(), testing::AllOf(testing::Gt(200u), testing::Lt(900u)));
  const std::vector<std::string> stored = *AllEventNames(*faulty.stores, 1);
  EXPECT_THAT(StepsOnlyIn(acknowledged, stored), IsEmpty());
  EXPECT_THAT(StepsOnlyIn(stored, acknowledged), IsEmpty());
  EXPECT_TRUE(stored == acknowledged) << "in this order, each once";
}

}  // namespace
}  // namespace rawhaul
