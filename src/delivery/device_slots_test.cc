#include "delivery/device_slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "collect/fake_stores_testing.h"
#include "delivery/delivery_fixture_testing.h"

namespace rawhaul {
namespace {

constexpr CampaignKey kCampaign{7, CampaignType::kPoll, 3};

class DeviceSlotsTest : public ::testing::Test {
 protected:
  void Report(uint64_t device, std::initializer_list<std::string_view> flags,
              uint64_t campaign = kCampaign.id) {
    feedback_.Merge(kCampaign.app, {kCampaign.kind, campaign, DeviceNumber(device)},
                    {FlagsOf(flags), {}, {}});
  }

  FakeFeedbackStore feedback_;
  const std::shared_ptr<DeviceSlots> slots_ =
      std::make_shared<DeviceSlots>(feedback_, kCampaign, std::stop_token());
};

TEST_F(DeviceSlotsTest, DevicesThatAreQueuedCountAndNoOthers) {
  Report(1, {"Queued"});
  Report(2, {"Queued", "ContentDisplayed"});
  Report(3, {"Dropped"});
  Report(4, {"Queued"}, kCampaign.id + 1);
  EXPECT_EQ(slots_->Take(DeviceNumber(9), 2).value(), nullptr);
  EXPECT_NE(slots_->Take(DeviceNumber(9), 3).value(), nullptr);
}

TEST_F(DeviceSlotsTest, ASlotIsGivenBackUnlessItIsKept) {
  auto slot = slots_->Take(DeviceNumber(1), 1).value();
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slots_->Take(DeviceNumber(2), 1).value(), nullptr);
  slot.reset();
  slot = slots_->Take(DeviceNumber(2), 1).value();
  ASSERT_NE(slot, nullptr);
  slot->Keep();
  slot.reset();
  EXPECT_EQ(slots_->Take(DeviceNumber(1), 1).value(), nullptr);
}

TEST_F(DeviceSlotsTest, ADeviceHasOneSlotAtATime) {
  const auto slot = slots_->Take(DeviceNumber(1), 9).value();
  EXPECT_NE(slot, nullptr);
  EXPECT_EQ(slots_->Take(DeviceNumber(1), 9).value(), nullptr);
}

TEST_F(DeviceSlotsTest, ThreadsTogetherGetNoMoreThanThereAre) {
  std::atomic<uint64_t> kept = 0;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = 0; i < 100; ++i) {
        const auto slot = slots_->Take(DeviceNumber(1 + thread * 100 + i), 50).value();
        if (!slot || i % 2 == 1) continue;
        slot->Keep();
        ++kept;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(kept, 50u);
}

}  // namespace
}  // namespace rawhaul
