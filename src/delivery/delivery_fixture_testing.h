// Delivery over stores in memory and a real catalog.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <future>
#include <string>
#include <vector>

#include "base/base_testing.h"
#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"
#include "delivery/delivery.h"
#include "model/campaign_content.h"

namespace rawhaul {

inline Guid DeviceNumber(uint64_t number) {
  Guid guid;
  for (size_t i = 0; i < 8; ++i) guid.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  return guid;
}

inline uint16_t FlagsOf(std::initializer_list<std::string_view> names) {
  uint16_t flags = 0;
  for (const std::string_view name : names) flags |= ParseFeedbackFlag(name).value();
  return flags;
}

class DeliveryTest : public ::testing::Test {
 protected:
  using Ids = std::vector<uint64_t>;

  explicit DeliveryTest(const PushQuota& quota = {})
      : delivery_({stores_, catalog_->campaigns(), catalog_->pushes(), collector_, clock_}, quota) {
    See(1);
  }

  // The device reported something, now.
  void See(uint64_t device) {
    DevicePatch patch;
    patch.Seen(clock_.Now());
    stores_.devices().Merge(app_, DeviceNumber(device), patch);
  }
  void Tag(uint64_t device, std::string_view key, std::string value) {
    DevicePatch patch;
    patch.SetTag(key, std::move(value), clock_.Now());
    stores_.devices().Merge(app_, DeviceNumber(device), patch);
  }
  void Report(uint64_t device, uint64_t campaign, std::initializer_list<std::string_view> flags,
              CampaignType kind = CampaignType::kAnnouncement) {
    stores_.feedback().Merge(app_, {kind, campaign, DeviceNumber(device)},
                             {FlagsOf(flags), clock_.Now(), clock_.Now()});
  }
  uint16_t Flags(uint64_t device, uint64_t campaign, CampaignType kind = CampaignType::kAnnouncement) {
    const auto feedback = stores_.feedback().Find(app_, {kind, campaign, DeviceNumber(device)}).value();
    return feedback ? feedback->flags : 0;
  }

  // `members` of a campaign, beside its name.
  Campaign Draft(std::string_view members = "", CampaignType kind = CampaignType::kAnnouncement) {
    const std::string json =
        fmt::format(R"({{"name":"{}"{}{}}})", ++names_, members.empty() ? "" : ",", members);
    const auto content = ParseCampaignContent(json, kind);
    EXPECT_TRUE(content) << (content ? "" : content.error().message);
    return catalog_->campaigns().Create(app_, kind, content.value()).value();
  }
  Campaign Activate(std::string_view members = "", CampaignType kind = CampaignType::kAnnouncement) {
    return catalog_->campaigns().Activate(Draft(members, kind).key(), clock_.Now()).value();
  }

  Result<DueCampaigns> Ask(uint64_t device) {
    std::promise<Result<DueCampaigns>> answer;
    delivery_.ListDue(app_, DeviceNumber(device),
                      [&](Result<DueCampaigns> due) { answer.set_value(std::move(due)); });
    return answer.get_future().get();
  }
  boost::json::array Due(uint64_t device) {
    const auto due = Ask(device);
    EXPECT_TRUE(due) << (due ? "" : due.error().message);
    if (!due) return {};
    return boost::json::parse(due->json).at("campaigns").as_array();
  }
  Ids DueIds(uint64_t device) {
    Ids ids;
    const boost::json::array due = Due(device);
    for (const boost::json::value& campaign : due) ids.push_back(campaign.at("id").to_number<uint64_t>());
    return ids;
  }

  ManualClock clock_;
  TemporaryCatalog catalog_;
  const uint32_t app_ =
      catalog_->apps().Create({"s", "g", "c", "a"}, "ios", "k", "h", clock_.Now()).value().id;
  FakeStores stores_;
  Collector collector_{stores_, clock_, {}};
  CampaignDelivery delivery_;
  int names_ = 0;
};

}  // namespace rawhaul
