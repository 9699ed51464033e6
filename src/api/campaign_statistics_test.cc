#include "api/campaign_statistics.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "collect/fake_stores_testing.h"

namespace rawhaul::api {
namespace {

TEST(CampaignStatistics, AStopEndsTheCounting) {
  FakeFeedbackStore store;
  Campaign campaign;
  campaign.app = 7;
  campaign.id = 3;
  store.Merge(campaign.app, {campaign.kind, campaign.id, Guid::Max()}, {1, FromMillis(1), FromMillis(1)});
  std::stop_source stop;
  EXPECT_EQ(CampaignStatistics(campaign, store, stop.get_token())->at("pushed"), 1);
  stop.request_stop();
  EXPECT_EQ(CampaignStatistics(campaign, store, stop.get_token()).error().reason, "Stopping");
}

}  // namespace
}  // namespace rawhaul::api
