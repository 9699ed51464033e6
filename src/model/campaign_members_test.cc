#include "model/campaign_members.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

namespace rawhaul {
namespace {

std::string Check(std::string_view campaign) {
  const Status status = CheckCampaignMembers(boost::json::parse(campaign).as_object());
  return status ? "fine" : status.error().message;
}

TEST(CampaignMembers, AreThoseOfTheOldApi) {
  EXPECT_EQ(Check(R"({"name":"n","id":3,"state":"draft","activatedDate":null,"finishedDate":null,
      "notificationOptions":{"bigText":"","bigPicture":"","sound":"","actionText":""},
      "localization":{"fr":{"title":"t","notificationOptions":{"bigText":""},"payload":{"any":{"thing":1}}}},
      "questions":[{"title":"q","id":1,"localization":{"fr":{"title":"t"}},
                    "choices":[{"title":"c","id":2,"isDefault":true,"localization":{"fr":{"title":"t"}}}]}],
      "audience":{"expression":"A","criteria":{"A":{"type":"poll-answer-feedback","content-id":1,"choice-id":2},
                                                "B":{"type":"geo-fencing","lat":1,"lon":2,"radius":3,"expiration":4},
                                                "C":{"type":"segment","id":1,"exclude":true}},
                  "filters":[{"type":"engage-subset","max":1},{"type":"app-info","appInfo":[]}]}})"),
            "fine");
}

TEST(CampaignMembers, AMisspeltOneIsToldWhereverItStands) {
  EXPECT_EQ(Check(R"({"startTme":"2016-04-26T09:30:00Z"})"),
            "There is no member startTme; startTime is probably meant.");
  EXPECT_EQ(Check(R"({"audience":{"criterias":{}}})"),
            "There is no member audience.criterias; audience.criteria is probably meant.");
  EXPECT_EQ(Check(R"({"audience":{"criteria":{"A":{"type":"integer-tag","operator":"GT"}}}})").substr(0, 59),
            "There is no member audience.criteria.A.operator; there may ");
  EXPECT_EQ(
      Check(R"({"questions":[{"choices":[{"titel":"x"}]}]})"),
      "There is no member questions[0].choices[0].titel; questions[0].choices[0].title is probably meant.");
}

}  // namespace
}  // namespace rawhaul
