#include "api/readiness.h"

#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"

namespace rawhaul::api {
namespace {

using std::chrono::milliseconds;

const Error kFull{ErrorCode::kUnavailable, "the disk is full", "DiskFull"};

class ReadinessTest : public testing::Test {
 protected:
  TemporaryCatalog catalog_;
  FakeStores stores_;
  ManualClock clock_;
  Readiness readiness_{*catalog_, stores_.ingest(), clock_};
};

TEST_F(ReadinessTest, AStoreThatCannotBeWrittenIsNotReadyUntilItCan) {
  EXPECT_TRUE(readiness_.Check());
  stores_.ingest().FailWith(kFull);
  clock_.Advance(milliseconds(1000));
  EXPECT_EQ(readiness_.Check().error(), kFull);
  stores_.ingest().FailWith(std::nullopt);
  clock_.Advance(milliseconds(1000));
  EXPECT_TRUE(readiness_.Check());
}

TEST_F(ReadinessTest, TheDatabasesAreAskedOnceASecond) {
  stores_.ingest().FailWith(kFull);
  EXPECT_FALSE(readiness_.Check());
  stores_.ingest().FailWith(std::nullopt);
  clock_.Advance(milliseconds(999));
  EXPECT_FALSE(readiness_.Check());
  clock_.Advance(milliseconds(1));
  EXPECT_TRUE(readiness_.Check());
}

TEST_F(ReadinessTest, AClockThatWasSetBackDoesNotStopTheChecks) {
  EXPECT_TRUE(readiness_.Check());
  stores_.ingest().FailWith(kFull);
  clock_.Advance(milliseconds(-3600'000));
  EXPECT_FALSE(readiness_.Check());
}

}  // namespace
}  // namespace rawhaul::api
