#include "audience/audience.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

const Timestamp kNow = *ParseTimestamp("2016-04-26T09:30:00Z");

class AudienceTest : public ::testing::Test {
 protected:
  AudienceTest() {
    device_.first_seen = kNow - days(10);
    device_.last_seen = kNow - days(2);
  }

  Audience Parse(const std::string& json) const {
    const auto audience = ParseAudience(json);
    EXPECT_TRUE(audience) << json << ": " << (audience ? "" : audience.error().message);
    return audience.value_or(Audience{});
  }

  // Whether an audience of this JSON has the device in it.
  bool Has(const std::string& json) const {
    const Audience audience = Parse(json);
    EXPECT_TRUE(CheckSupported(audience));
    const auto holds = Holds(audience, Subject());
    EXPECT_TRUE(holds) << json;
    return holds.value_or(false);
  }
  bool Fits(const std::string& criterion) const {
    return Has(fmt::format(R"({{"criteria":{{"C":{}}}}})", criterion));
  }
  bool Passes(const std::string& filter) const { return Has(fmt::format(R"({{"filters":[{}]}})", filter)); }

  AudienceSubject Subject() const {
    return {.device = device_,
            .now = kNow,
            .feedback = [this](CampaignType type, uint64_t id) -> Result<std::optional<Feedback>> {
              ++look_ups_;
              const auto found = feedback_.find({type, id});
              if (found == feedback_.end()) return std::nullopt;
              return Feedback{found->second, kNow, kNow, answers_};
            }};
  }

  void Did(CampaignType type, uint64_t id, std::initializer_list<std::string_view> flags) {
    uint16_t bits = 0;
    for (const std::string_view flag : flags) bits |= ParseFeedbackFlag(flag).value();
    feedback_[{type, id}] = bits;
  }

  Device device_;
  std::map<std::pair<CampaignType, uint64_t>, uint16_t> feedback_;
  std::vector<PollAnswer> answers_;  // to every poll in it
  mutable int look_ups_ = 0;
};

TEST_F(AudienceTest, AnEmptyOneHasEveryDevice) {
  EXPECT_TRUE(Has("{}"));
  EXPECT_TRUE(Has(R"({"expression":null,"criteria":null,"filters":null})"));
  EXPECT_TRUE(Has(R"({"expression":" ","criteria":{},"filters":[]})"));
}

TEST_F(AudienceTest, TechnicalsFitByTextInAnyCaseWithWildcards) {
  struct Case {
    const char* type;
    const char* field;
  };
  for (const Case& test :
       {Case{"carrier-name", "carrierName"}, Case{"carrier-country", "carrierCountry"},
        Case{"firmware-version", "firmwareVersion"}, Case{"device-manufacturer", "phoneManufacturer"},
        Case{"device-model", "phoneModel"}, Case{"application-version", "applicationVersionName"},
        Case{"network-type", "networkType"}}) {
    const auto criterion = [&](const char* name) {
      return fmt::format(R"({{"type":"{}","name":{}}})", test.type, name);
    };
    EXPECT_FALSE(Fits(criterion("\"*\""))) << test.type << ": nothing is known yet";
    EXPECT_TRUE(Fits(criterion("null"))) << test.type;
    device_.info = {{test.field, "Some Thing"}};
    EXPECT_TRUE(Fits(criterion("\"some thing\""))) << test.type;
    EXPECT_TRUE(Fits(criterion("\"S*th?ng\""))) << test.type;
    EXPECT_FALSE(Fits(criterion("\"thing\""))) << test.type;
    EXPECT_FALSE(Fits(criterion("null"))) << test.type;
    device_.info.clear();
  }
}

TEST_F(AudienceTest, TheLanguageIsThatOfTheLocale) {
  EXPECT_TRUE(Fits(R"({"type":"language","name":null})"));
  EXPECT_FALSE(Fits(R"({"type":"language","name":"en"})"));
  for (const char* locale : {"en_US", "en-GB", "EN", "en"}) {
    device_.info = {{"locale", locale}};
    EXPECT_TRUE(Fits(R"({"type":"language","name":"en"})")) << locale;
    EXPECT_FALSE(Fits(R"({"type":"language","name":"fr"})")) << locale;
    EXPECT_FALSE(Fits(R"({"type":"language","name":null})")) << locale;
  }
}

TEST_F(AudienceTest, OfALocationEveryPartThatIsNamedMustFit) {
  device_.location = {{"countrycode", "nl"}, {"region", "Utrecht"}};
  EXPECT_TRUE(Fits(R"({"type":"location","country":"NL"})"));
  EXPECT_TRUE(Fits(R"({"type":"location","country":"nl","region":"utrecht","locality":null})"));
  EXPECT_FALSE(Fits(R"({"type":"location","country":"de"})"));
  EXPECT_FALSE(Fits(R"({"type":"location","country":"nl","region":"Gelderland"})"));
  EXPECT_FALSE(Fits(R"({"type":"location","country":"nl","locality":"Zeist"})"));
}

TEST_F(AudienceTest, StringTagsMindCase) {
  EXPECT_TRUE(Fits(R"({"type":"string-tag","name":"plan","value":null})"));
  EXPECT_FALSE(Fits(R"({"type":"string-tag","name":"plan","value":"*"})"));
  device_.tags = {{"plan", "gold"}};
  EXPECT_TRUE(Fits(R"({"type":"string-tag","name":"plan","value":"g?ld"})"));
  EXPECT_FALSE(Fits(R"({"type":"string-tag","name":"plan","value":"Gold"})"));
  EXPECT_FALSE(Fits(R"({"type":"string-tag","name":"Plan","value":"gold"})"));
  EXPECT_FALSE(Fits(R"({"type":"string-tag","name":"plan","value":null})"));
}

TEST_F(AudienceTest, IntegerTagsAreCompared) {
  const auto fits = [&](const char* op, const char* value) {
    return Fits(fmt::format(R"({{"type":"integer-tag","name":"visits","value":{},"op":"{}"}})", value, op));
  };
  EXPECT_FALSE(fits("GE", "-9223372036854775808")) << "there is no such tag";
  for (const char* text : {"many", "12.5", "", "12 ", "99999999999999999999"}) {
    device_.tags = {{"visits", text}};
    EXPECT_FALSE(fits("GE", "-9223372036854775808")) << text;
  }
  device_.tags = {{"visits", "12"}};
  struct Case {
    const char* op;
    bool to_11, to_12, to_13;
  };
  for (const Case& test :
       {Case{"EQ", false, true, false}, Case{"LT", false, false, true}, Case{"GT", true, false, false},
        Case{"LE", false, true, true}, Case{"ge", true, true, false}}) {
    EXPECT_EQ(fits(test.op, "11"), test.to_11) << test.op;
    EXPECT_EQ(fits(test.op, "12.0"), test.to_12) << test.op;
    EXPECT_EQ(fits(test.op, "13"), test.to_13) << test.op;
  }
  EXPECT_TRUE(Fits(R"({"type":"integer-tag","name":"visits","value":12})")) << "EQ when there is no op";
}

TEST_F(AudienceTest, BooleanTags) {
  const char* is_true = R"({"type":"boolean-tag","name":"beta","value":true})";
  const char* is_false = R"({"type":"boolean-tag","name":"beta","value":false})";
  EXPECT_FALSE(Fits(is_true));
  EXPECT_FALSE(Fits(is_false)) << "a tag that is not there is neither";
  device_.tags = {{"beta", "true"}};
  EXPECT_TRUE(Fits(is_true));
  EXPECT_FALSE(Fits(is_false));
  device_.tags = {{"beta", "False"}};
  EXPECT_FALSE(Fits(is_true));
  EXPECT_TRUE(Fits(is_false));
}

TEST_F(AudienceTest, DateTagsAreComparedByTheUtcDay) {
  const auto fits = [&](const char* op, const char* value) {
    return Fits(fmt::format(R"({{"type":"date-tag","name":"due","value":{},"op":"{}"}})", value, op));
  };
  EXPECT_FALSE(fits("GE", "\"1970-01-01\"")) << "there is no such tag";
  device_.tags = {{"due", "soon"}};
  EXPECT_FALSE(fits("GE", "\"1970-01-01\""));
  device_.tags = {{"due", "2016-04-26"}};
  EXPECT_TRUE(fits("EQ", "\"2016-04-26\""));
  EXPECT_TRUE(fits("LT", "\"2016-04-27\""));
  EXPECT_FALSE(fits("LT", "\"2016-04-26\""));
  EXPECT_TRUE(fits("GE", "\"2016-04-26\""));
  EXPECT_FALSE(fits("GT", "\"2016-04-26\""));
  device_.tags = {{"due", "2016-04-25T23:30:00-02:00"}};
  EXPECT_TRUE(fits("EQ", "\"2016-04-26\"")) << "01:30 of the next day in UTC";
}

TEST_F(AudienceTest, ADayOfBirthMayLieBefore1970) {
  const auto fits = [&](const char* op, const char* value) {
    return Fits(fmt::format(R"({{"type":"date-tag","name":"birth","value":"{}","op":"{}"}})", value, op));
  };
  for (const char* birth : {"1955-03-01", "1955-03-01T12:00:00Z", "1955-03-02T00:30:00+01:00"}) {
    device_.tags = {{"birth", birth}};
    EXPECT_TRUE(fits("EQ", "1955-03-01")) << birth;
    EXPECT_TRUE(fits("LT", "1969-12-07")) << birth;
    EXPECT_TRUE(fits("GT", "0001-01-01")) << birth;
    EXPECT_TRUE(fits("LE", "9999-12-31")) << birth;
    EXPECT_FALSE(fits("GE", "1970-01-01")) << birth;
  }
}

TEST_F(AudienceTest, EveryDayOfTheEdgesComparesWithItself) {
  for (const Edge& edge : ReadEdges("days")) {
    if (!edge.value) continue;
    device_.tags = {{"due", edge.text}};
    EXPECT_TRUE(Fits(fmt::format(R"({{"type":"date-tag","name":"due","value":"{}"}})", edge.text)))
        << edge.why;
  }
}

TEST_F(AudienceTest, ADateTagMayBeComparedWithTodayAndAnOffset) {
  const auto fits = [&](const char* value) {
    return Fits(fmt::format(R"({{"type":"date-tag","name":"due","value":{}}})", value));
  };
  device_.tags = {{"due", "2016-04-26"}};
  EXPECT_TRUE(fits("0"));
  EXPECT_TRUE(fits("\"+0\""));
  EXPECT_FALSE(fits("1"));
  device_.tags = {{"due", "2016-04-19"}};
  EXPECT_TRUE(fits("-7"));
  EXPECT_TRUE(fits("\"-7\""));
  device_.tags = {{"due", "2016-05-01"}};
  EXPECT_TRUE(fits("5"));
}

TEST_F(AudienceTest, ActionsOnACampaign) {
  const auto fits = [&](const char* action) {
    return Fits(fmt::format(R"({{"type":"announcement-feedback","content-id":5,"action":"{}"}})", action));
  };
  for (const char* action : {"pushed", "replied", "actioned", "exited"}) EXPECT_FALSE(fits(action)) << action;
  struct Case {
    std::initializer_list<std::string_view> flags;
    bool replied, actioned, exited;
  };
  for (const Case& test :
       {Case{{"Queued"}, false, false, false}, Case{{"Queued", "ContentDisplayed"}, false, false, false},
        Case{{"InAppNotificationActioned"}, true, true, false},
        Case{{"SystemNotificationExited"}, true, false, true},
        Case{{"SystemNotificationActioned", "ContentDisplayed"}, false, false, false},
        Case{{"InAppNotificationActioned", "ContentExited"}, true, false, true},
        Case{{"ContentActioned"}, true, true, false}}) {
    Did(CampaignType::kAnnouncement, 5, test.flags);
    EXPECT_TRUE(fits("pushed"));
    EXPECT_EQ(fits("replied"), test.replied);
    EXPECT_EQ(fits("actioned"), test.actioned);
    EXPECT_EQ(fits("exited"), test.exited);
  }
}

TEST_F(AudienceTest, FeedbackIsThatOfTheKindAndTheCampaign) {
  Did(CampaignType::kPoll, 5, {"ContentActioned"});
  EXPECT_TRUE(Fits(R"({"type":"poll-feedback","content-id":5,"action":"Replied"})"));
  EXPECT_FALSE(Fits(R"({"type":"poll-feedback","content-id":6,"action":"replied"})"));
  EXPECT_FALSE(Fits(R"({"type":"announcement-feedback","content-id":5,"action":"replied"})"));
  EXPECT_FALSE(Fits(R"({"type":"datapush-feedback","content-id":5,"action":"replied"})"));
  Did(CampaignType::kDataPush, 5, {"ContentExited"});
  EXPECT_TRUE(Fits(R"({"type":"datapush-feedback","content-id":5,"action":"exited"})"));
}

TEST_F(AudienceTest, TheAnswerToAPoll) {
  const char* chose_3 = R"({"type":"poll-answer-feedback","content-id":7,"choice-id":3})";
  EXPECT_FALSE(Fits(chose_3));
  Did(CampaignType::kPoll, 7, {"ContentActioned"});
  answers_ = {{1, 2, kNow}, {4, 5, kNow}};
  EXPECT_FALSE(Fits(chose_3));
  answers_ = {{1, 3, kNow}, {4, 5, kNow}};
  EXPECT_TRUE(Fits(chose_3));
  EXPECT_TRUE(Fits(R"({"type":"poll-answer-feedback","content-id":7,"choice-id":5})"));
  EXPECT_FALSE(Fits(R"({"type":"poll-answer-feedback","content-id":8,"choice-id":3})")) << "of another poll";
}

TEST_F(AudienceTest, WithoutAnExpressionAllCriteriaMustHold) {
  device_.tags = {{"a", "true"}, {"b", "false"}};
  const std::string a = R"("A":{"type":"boolean-tag","name":"a","value":true})";
  const std::string b = R"("B":{"type":"boolean-tag","name":"b","value":true})";
  EXPECT_TRUE(Has(fmt::format(R"({{"criteria":{{{}}}}})", a)));
  EXPECT_FALSE(Has(fmt::format(R"({{"criteria":{{{},{}}}}})", a, b)));
  EXPECT_TRUE(Has(fmt::format(R"({{"criteria":{{{},{}}},"expression":"A or B"}})", a, b)));
  EXPECT_TRUE(Has(fmt::format(R"({{"criteria":{{{},{}}},"expression":"A and not B"}})", a, b)));
  EXPECT_FALSE(Has(fmt::format(R"({{"criteria":{{{},{}}},"expression":"not (A or B) "}})", a, b)));
  EXPECT_TRUE(Has(fmt::format(R"({{"criteria":{{{},{}}},"expression":"A"}})", a, b)))
      << "a criterion that is not named does not matter";
}

TEST_F(AudienceTest, FeedbackIsLookedUpOnlyWhereItDecides) {
  const std::string criteria = R"("criteria":{"F":{"type":"poll-feedback","content-id":1,"action":"pushed"},)"
                               R"("T":{"type":"string-tag","name":"x","value":null}})";
  EXPECT_TRUE(Has(fmt::format(R"({{{},"expression":"T or F"}})", criteria)));
  EXPECT_FALSE(Has(fmt::format(R"({{{},"expression":"not T and F"}})", criteria)));
  EXPECT_FALSE(Has(fmt::format(R"({{{},"filters":[{{"type":"app-info","appInfo":["x"]}}]}})", criteria)));
  EXPECT_EQ(look_ups_, 0);
  EXPECT_FALSE(Has(fmt::format(R"({{{},"expression":"T and F"}})", criteria)));
  EXPECT_EQ(look_ups_, 1);
}

TEST_F(AudienceTest, AnErrorOfTheStoreIsTold) {
  AudienceSubject subject = Subject();
  subject.feedback = [](CampaignType, uint64_t) -> Result<std::optional<Feedback>> {
    return Fail(ErrorCode::kDataLoss, "damaged");
  };
  const auto holds = Holds(
      Parse(R"({"criteria":{"F":{"type":"poll-feedback","content-id":1,"action":"pushed"}}})"), subject);
  ASSERT_FALSE(holds);
  EXPECT_EQ(holds.error().code, ErrorCode::kDataLoss);
}

TEST_F(AudienceTest, OldAndNewAreByWhenTheDeviceWasSeenFirst) {
  const char* is_old = R"({"type":"engage-old-users","threshold":10})";
  const char* is_new = R"({"type":"engage-new-users","threshold":10})";
  EXPECT_FALSE(Passes(is_old)) << "ten days ago is not more than ten days ago";
  EXPECT_FALSE(Passes(is_new));
  device_.first_seen -= milliseconds(1);
  EXPECT_TRUE(Passes(is_old));
  EXPECT_FALSE(Passes(is_new));
  device_.first_seen += milliseconds(2);
  EXPECT_FALSE(Passes(is_old));
  EXPECT_TRUE(Passes(is_new));
}

TEST_F(AudienceTest, ActiveAndIdleAreByWhenTheDeviceWasSeenLast) {
  const char* is_active = R"({"type":"engage-active-users","threshold":2})";
  const char* is_idle = R"({"type":"engage-idle-users","threshold":2})";
  EXPECT_TRUE(Passes(is_active));
  EXPECT_FALSE(Passes(is_idle));
  device_.last_seen -= milliseconds(1);
  EXPECT_FALSE(Passes(is_active));
  EXPECT_TRUE(Passes(is_idle));
}

TEST_F(AudienceTest, NativePushNeedsATokenAndConsent) {
  const char* filter = R"({"type":"native-push-enabled"})";
  EXPECT_FALSE(Passes(filter));
  device_.token = PushToken{"fcm", "t"};
  EXPECT_TRUE(Passes(filter)) << "who sends a token and does not say no";
  device_.native_push_enabled = false;
  EXPECT_FALSE(Passes(filter));
  device_.native_push_enabled = true;
  EXPECT_TRUE(Passes(filter));
}

TEST_F(AudienceTest, AppInfoMustAllBeThere) {
  device_.tags = {{"plan", "gold"}, {"name", ""}};
  EXPECT_TRUE(Passes(R"({"type":"app-info","appInfo":["plan","name"]})"));
  EXPECT_FALSE(Passes(R"({"type":"app-info","appInfo":["plan","age"]})"));
  EXPECT_TRUE(Passes(R"({"type":"app-info","appInfo":[]})"));
}

TEST_F(AudienceTest, AllFiltersMustPass) {
  EXPECT_FALSE(
      Has(R"({"filters":[{"type":"engage-active-users","threshold":3},{"type":"native-push-enabled"}]})"));
  EXPECT_TRUE(Has(
      R"({"filters":[{"type":"engage-active-users","threshold":3},{"type":"engage-new-users","threshold":11}]})"));
}

TEST_F(AudienceTest, LimitsOfTheWholeAudienceAreForTheCaller) {
  const Audience audience = Parse(
      R"({"filters":[{"type":"engage-subset","max":9},{"type":"engage-subset","max":7},{"type":"push-quota"}]})");
  EXPECT_EQ(audience.max_devices, 7u) << "the smaller one";
  EXPECT_TRUE(audience.push_quota);
  EXPECT_FALSE(audience.only_push_quota());
  EXPECT_TRUE(Parse(R"({"filters":[{"type":"push-quota"}]})").only_push_quota());
  EXPECT_TRUE(Parse("{}").only_push_quota());
  EXPECT_FALSE(Parse(R"({"filters":[{"type":"native-push-enabled"}]})").only_push_quota());
  EXPECT_FALSE(Parse(R"({"criteria":{"A":{"type":"segment"}}})").only_push_quota());
}

TEST_F(AudienceTest, WhatTheServerCannotTellIsADraftButNotActivated) {
  for (const char* type : {"screen-size", "geo-fencing", "segment"}) {
    const Audience audience = Parse(
        fmt::format(R"({{"criteria":{{"Near":{{"type":"{}","lat":1.5,"id":3,"name":"1x1"}}}}}})", type));
    const Status status = CheckSupported(audience);
    ASSERT_FALSE(status) << type;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().reason, "UnsupportedAudience");
    EXPECT_EQ(status.error().message,
              fmt::format(
                  "audience.criteria.Near: this server has no data to tell {} by; take the criterion out to "
                  "activate the campaign.",
                  type));
  }
}

TEST(ParseAudience, ErrorsNameTheCriterionWhatIsWrongAndWhatWouldBeRight) {
  struct Case {
    const char* json;
    const char* message;
  };
  for (const Case& test : {
           Case{"[]", "audience: it must be an object."},
           Case{"{", "audience: it must be an object."},
           Case{R"({"criteria":[]})",
                "audience.criteria: it must be an object of at most 256 criteria by name."},
           Case{R"({"criteria":{"vip":{}}})",
                "audience.criteria: a name must begin with A to Z, and have letters, digits and _ alone."},
           Case{R"({"criteria":{"Vip":7}})", "audience.criteria.Vip: it must be an object with a type."},
           Case{R"({"criteria":{"Vip":{"type":"language"}}})",
                "audience.criteria.Vip: name must be a string, in which ? and * are wildcards, or null for "
                "unknown."},
           Case{R"({"criteria":{"Vip":{"type":"location"}}})",
                "audience.criteria.Vip: country, region or locality must be there."},
           Case{R"({"criteria":{"Vip":{"type":"string-tag","name":"","value":"x"}}})",
                "audience.criteria.Vip: name must be a string that is not empty."},
           Case{R"({"criteria":{"Vip":{"type":"integer-tag","name":"n","value":1,"op":"NE"}}})",
                "audience.criteria.Vip: op must be one of EQ, LT, GT, LE, GE."},
           Case{R"({"criteria":{"Vip":{"type":"integer-tag","name":"n","value":1.5}}})",
                "audience.criteria.Vip: value must be a whole number from -9223372036854775808 to "
                "9223372036854775807."},
           Case{R"({"criteria":{"Vip":{"type":"boolean-tag","name":"n","value":"true"}}})",
                "audience.criteria.Vip: value must be true or false."},
           Case{R"({"criteria":{"Vip":{"type":"poll-feedback","content-id":-1,"action":"pushed"}}})",
                "audience.criteria.Vip: content-id must be a whole number from 0 to 9007199254740992."},
           Case{R"({"criteria":{"Vip":{"type":"poll-feedback","content-id":1}}})",
                "audience.criteria.Vip: action must be one of pushed, replied, actioned, exited."},
           Case{R"({"filters":{}})", "audience.filters: it must be an array."},
           Case{R"({"filters":[{"type":"native-push-enabled"},{"type":"engage-subset"}]})",
                "audience.filters[1]: max must be a whole number from 0 to 2147483647."},
           Case{R"({"filters":[{"type":"engage-old-users","threshold":-1}]})",
                "audience.filters[0]: threshold must be a whole number from 0 to 1000000."},
           Case{R"({"filters":[{"type":"app-info","appInfo":[1]}]})",
                "audience.filters[0]: appInfo must be an array of names of tags."},
           Case{R"({"expression":7})", "audience.expression: it must be a string."},
           Case{R"({"expression":"A"})",
                "audience.expression: A at character 1 is no criterion; operators are not, and, or."},
       }) {
    const auto audience = ParseAudience(test.json);
    ASSERT_FALSE(audience) << test.json;
    EXPECT_EQ(audience.error().message, test.message);
    EXPECT_EQ(audience.error().reason, "InvalidAudience");
    EXPECT_EQ(audience.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ParseAudience, AnUnknownTypeIsAnErrorThatNamesTheKnownOnes) {
  const auto criterion = ParseAudience(R"({"criteria":{"Vip":{"type":"age"}}})");
  ASSERT_FALSE(criterion);
  EXPECT_TRUE(criterion.error().message.starts_with(
      "audience.criteria.Vip: type must be one of carrier-name, carrier-country, "));
  const auto filter = ParseAudience(R"({"filters":[{"type":"age"}]})");
  ASSERT_FALSE(filter);
  EXPECT_TRUE(filter.error().message.starts_with("audience.filters[0]: type must be one of engage-subset, "));
}

TEST(ParseAudience, ADateIsADayOrAnOffset) {
  for (const char* value : {"\"2016-02-30\"", "\"\"", "\"-\"", "\"1e3\"", "1.5", "null", "1000001",
                            "-9223372036854775808", "\"999999999\""}) {
    const auto audience = ParseAudience(
        fmt::format(R"({{"criteria":{{"C":{{"type":"date-tag","name":"d","value":{}}}}}}})", value));
    ASSERT_FALSE(audience) << value;
    EXPECT_EQ(
        audience.error().message,
        "audience.criteria.C: value must be a day of the years 0001 to 9999, yyyy-MM-dd, or a number of "
        "days from today, such as -7.");
  }
}

TEST(ParseAudience, SizesAreBounded) {
  EXPECT_FALSE(ParseAudience(fmt::format(R"({{"x":"{}"}})", std::string(65535, 'x'))));
  EXPECT_TRUE(ParseAudience(fmt::format(R"({{"x":"{}"}})", std::string(65527, 'x'))));
  std::string criteria;
  for (int i = 0; i < 257; ++i) criteria += fmt::format(R"({}"C{}":{{"type":"segment"}})", i ? "," : "", i);
  EXPECT_FALSE(ParseAudience(fmt::format(R"({{"criteria":{{{}}}}})", criteria)));
}

}  // namespace
}  // namespace rawhaul
