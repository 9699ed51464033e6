#include "api/device_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "store/store_testing.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

Device FullDevice() {
  Device device;
  device.id = TestGuid(1);
  device.first_seen = FromMillis(1000);
  device.last_seen = FromMillis(2000);
  device.last_info = FromMillis(1500);
  device.last_location = FromMillis(1600);
  device.native_push_enabled = false;
  device.external_id = "anonymous";
  device.token = PushToken{"fcm", "s3cret-token"};
  device.info = {{"phoneModel", "Pixel"}, {"androidAPILevel", "23"}, {"timeZoneOffset", "-120"}};
  device.location = {{"countrycode", "nl"}};
  device.tags = {{"plan", "gold"}, {"userid", "jane"}};
  return device;
}

TEST(DeviceJson, ADeviceHasAllOfTheApisModelAndNoToken) {
  EXPECT_EQ(ToJson(FullDevice()), json::parse(R"({"deviceId":"00000000000000000000000000000001",
                "meta":{"firstSeen":1000,"lastSeen":2000,"lastInfo":1500,"lastLocation":1600,"nativePushEnabled":false},
                "info":{"phoneModel":"Pixel","androidAPILevel":23,"timeZoneOffset":-120},
                "location":{"countrycode":"nl"},"appInfo":{"plan":"gold","userid":"jane"},"externalId":"anonymous"})"));
}

TEST(DeviceJson, WhatIsUnknownIsLeftOut) {
  Device device;
  device.id = TestGuid(1);
  EXPECT_EQ(ToJson(device), json::parse(R"({"deviceId":"00000000000000000000000000000001","meta":{},"info":{},
                                            "location":{},"appInfo":{}})"));
}

TEST(DeviceJson, AResultHasWhatIsSelected) {
  const auto result = [](std::string_view select) {
    return ToQueryResult(FullDevice(), ParseDeviceSelect(select).value());
  };
  EXPECT_EQ(*result("meta/lastSeen,appInfo/plan,appInfo/none"),
            json::parse(R"({"deviceId":"00000000000000000000000000000001","meta":{"lastSeen":2000},
                            "appInfo":{"plan":"gold"}})"));
  EXPECT_EQ(*result("appInfo"), json::parse(R"({"deviceId":"00000000000000000000000000000001",
                                                "appInfo":{"plan":"gold","userid":"jane"}})"));
  EXPECT_EQ(result("appInfo/none"), std::nullopt);
  EXPECT_EQ(ToQueryResult(FullDevice(), kSelectAll)->at("meta").as_object().size(), 5u);
}

TEST(TagsBody, NullsAreThereToDeleteAlone) {
  const std::string body = R"({"tags":{"d1":{"plan":"gold","old":null},"d2":{}})";
  const auto kept = ParseTagsBody(body + "}");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(*kept, (TagsById{{"d1", {{"plan", "gold"}}}, {"d2", {}}}));
  const auto deleted = ParseTagsBody(body + R"(,"deleteOnNull":true})");
  EXPECT_EQ(*deleted, (TagsById{{"d1", {{"plan", "gold"}, {"old", std::nullopt}}}, {"d2", {}}}));
}

TEST(TagsBody, ErrorsNameTheField) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "The body must be a JSON object."},
      {"{}", R"("tags" must be an object of objects, {id: {tag: text}}.)"},
      {R"({"tags":[]})", R"("tags" must be an object of objects, {id: {tag: text}}.)"},
      {R"({"tags":{},"deleteOnNull":"yes"})", "deleteOnNull must be true or false."},
      {R"({"tags":{"d":"x"}})", R"("tags.d" must be an object of tags)"},
      {R"({"tags":{"d":{"visits":12}}})", R"("tags.d.visits" must be a string or null)"},
      {R"({"tags":{"d":{"":null}}})",
       R"(the key "" of "tags.d" must have 1 to 64 characters and no control characters)"},
      {R"({"tags":{"d":{"plan":")" + std::string(1025, 'x') + R"("}}})",
       R"("tags.d.plan" must have at most 1024 characters)"},
  };
  for (const auto& [body, message] : cases) {
    const auto tags = ParseTagsBody(body);
    ASSERT_FALSE(tags) << body;
    EXPECT_EQ(tags.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(tags.error().message, message);
  }
  EXPECT_EQ(ParseTagsBody("{").error().message.substr(0, 20), "The body is not JSON");
  const auto long_id = ParseTagsBody(R"({"tags":{")" + std::string(5000, 'd') + R"(":1}})");
  EXPECT_LT(long_id.error().message.size(), 200u);
}

}  // namespace
}  // namespace rawhaul::api
