// Bodies of push and test. Contract: REST API 2014-12-01, models CampaignPushParameters,
// CampaignTestSavedParameters and CampaignTestNewParameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/campaign.h"

namespace rawhaul::api {

struct PushBody {
  std::vector<std::string> device_ids;
  std::optional<CampaignContent> content;  // in place of the campaign's own
};
// kInvalidArgument, reason InvalidBody or that of the part that is wrong, says what would be right.
Result<PushBody> ParsePushBody(std::string_view json, const Campaign& campaign);

struct TestBody {
  std::string device_id;
  std::string language;  // empty: the campaign's own
  std::string content;   // CampaignContent::json of `data`; empty in the test of a stored campaign
};
enum class TestOf { kStored, kNew };
Result<TestBody> ParseTestBody(std::string_view json, TestOf what, CampaignType kind);

}  // namespace rawhaul::api
