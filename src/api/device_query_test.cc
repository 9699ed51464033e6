#include "api/device_query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace rawhaul::api {
namespace {

Guid Id(std::string_view hex) { return ParseGuid(hex).value(); }

const std::string kZeros(32, '0');
const std::string kEffs(32, 'f');

// Ids around every bound of the tests below, in order.
std::vector<std::string> SampleIds() {
  std::vector<std::string> ids;
  for (const char* start : {"", "0", "09", "1", "9", "9f", "a", "ab", "abc", "abcdef00", "b", "f", "ff"}) {
    for (const std::string& rest : {kZeros, kEffs, std::string("1") + kZeros}) {
      ids.push_back((start + rest).substr(0, 32));
    }
  }
  ids.insert(ids.end(), {"abcdef000000000000000000000000"
                         "01",
                         "abcdefff" + kEffs.substr(8)});
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool Holds(std::string_view id, std::string_view comparison, std::string_view literal) {
  if (comparison == "gt") return id > literal;
  if (comparison == "ge") return id >= literal;
  if (comparison == "lt") return id < literal;
  return id <= literal;
}

TEST(DeviceFilter, IdsAreComparedAsText) {
  const std::vector<std::string> ids = SampleIds();
  std::vector<std::string> literals = ids;
  literals.insert(literals.end(), {"",
                                   "a",
                                   "ab",
                                   "9",
                                   "f",
                                   "ff",
                                   "0",
                                   "g",
                                   "/",
                                   ":",
                                   "a:",
                                   "f~",
                                   "9g",
                                   "fg",
                                   "ffg",
                                   "abcdef00" + kZeros,
                                   kEffs + "0",
                                   kZeros + "x",
                                   kEffs.substr(1) + "g",
                                   "\xc3\xa4"});
  for (const std::string& literal : literals) {
    for (const std::string comparison : {"gt", "ge", "lt", "le"}) {
      const auto filter = ParseDeviceFilter("deviceId " + comparison + " '" + literal + "'");
      ASSERT_TRUE(filter) << filter.error().message;
      for (const std::string& id : ids) {
        const bool passes = filter->first <= Id(id) && Id(id) <= filter->last;
        EXPECT_EQ(passes, Holds(id, comparison, literal)) << id << " " << comparison << " " << literal;
      }
    }
  }
}

TEST(DeviceFilter, UpperCaseAndDashesMakeNoDifference) {
  const auto filter = ParseDeviceFilter("deviceId ge '00112233-4455-6677-8899-AABBCCDDEEFF'");
  EXPECT_EQ(filter->first, Id("00112233445566778899aabbccddeeff"));
  EXPECT_EQ(ParseDeviceFilter("deviceId ge 'AB'")->first, Id("ab" + kZeros.substr(2)));
}

TEST(DeviceFilter, ComparisonsAreJoined) {
  const auto filter = ParseDeviceFilter(
      " ( deviceId gt 'a' and(LASTMODIFIED GE 5 AND (lastModified lt 1447284263690L)) ) and deviceId le 'b' "
      " ");
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_EQ(filter->first, Id("a" + kZeros.substr(1)));
  EXPECT_EQ(filter->last, Id("af" + kEffs.substr(2)));
  EXPECT_EQ(filter->modified.first, FromMillis(5));
  EXPECT_EQ(filter->modified.last, FromMillis(1447284263689));
  EXPECT_TRUE(ParseDeviceFilter("deviceId gt 'it''s'"));
}

TEST(DeviceFilter, TheStricterOfTwoBoundsCounts) {
  const auto filter = ParseDeviceFilter(
      "lastModified gt 5 and lastModified gt 3 and lastModified le 9 and "
      "lastModified le 10 and deviceId ge 'b' and deviceId ge 'a'");
  EXPECT_EQ(filter->modified.first, FromMillis(6));
  EXPECT_EQ(filter->modified.last, FromMillis(9));
  EXPECT_EQ(filter->first, Id("b" + kZeros.substr(1)));
}

TEST(DeviceFilter, ErrorsSayWhatIsWrongAtWhichCharacter) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "character 1: deviceId or lastModified is expected."},
      {"name gt 'a'", "character 1: deviceId or lastModified is expected."},
      {"deviceIds gt 'a'", "character 1: deviceId or lastModified is expected."},
      {"deviceId eq 'a'", "character 10: gt, ge, lt or le is expected."},
      {"deviceId gta", "character 10: gt, ge, lt or le is expected."},
      {"deviceId gt 5", "character 13: a text in single quotes is expected."},
      {"deviceId gt 'a", "character 15: the closing single quote is missing."},
      {"lastModified gt 'a'", "character 17: milliseconds since 1970, as in 1447284263690L, are expected."},
      {"lastModified gt 99999999999999999999",
       "character 17: milliseconds since 1970, as in 1447284263690L, are expected."},
      {"lastModified gt 5-5", "character 17: milliseconds since 1970, as in 1447284263690L, are expected."},
      {"deviceId gt 'a' or deviceId lt 'b'", "character 17: `and` or the end is expected."},
      {"deviceId gt 'a' and", "character 20: deviceId or lastModified is expected."},
      {"(deviceId gt 'a'", "character 17: `and` or `)` is expected."},
      {"deviceId gt 'a')", "character 16: `and` or the end is expected."},
      {std::string(33, '('), "character 34: more than 32 parentheses are open."},
  };
  for (const auto& [text, message] : cases) {
    const auto filter = ParseDeviceFilter(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(filter.error().message, "$filter, " + message) << text;
  }
}

TEST(DeviceFilter, TheNextPageHasTheSameBoundsBehindTheDevice) {
  const Guid device = Id("ab" + kZeros.substr(2));
  const auto check = [&](std::string_view text, std::string_view behind) {
    const auto filter = ParseDeviceFilter(text).value();
    EXPECT_EQ(FilterBehind(filter, device), behind);
    const auto next = ParseDeviceFilter(behind).value();
    EXPECT_EQ(next.first, Id("ab" + kZeros.substr(3) + "1"));
    EXPECT_EQ(next.last, filter.last);
    EXPECT_EQ(next.modified.first, filter.modified.first);
    EXPECT_EQ(next.modified.last, filter.modified.last);
  };
  const std::string hex = device.ToHex();
  check("deviceId gt 'a'", "deviceId gt '" + hex + "'");
  check("(deviceId lt 'c' and lastModified gt 4) and lastModified le 9",
        "deviceId gt '" + hex + "' and deviceId le 'b" + kEffs.substr(1) +
            "' and lastModified ge 5L and lastModified le 9L");
}

TEST(DeviceSelect, PartsAndKeys) {
  const auto select = ParseDeviceSelect("meta/lastSeen, APPINFO/plan ,appInfo/a/b,meta/firstSeen");
  ASSERT_TRUE(select) << select.error().message;
  EXPECT_EQ(select->meta.names, (std::set<std::string, std::less<>>{"firstSeen", "lastSeen"}));
  EXPECT_EQ(select->app_info.names, (std::set<std::string, std::less<>>{"a/b", "plan"}));
  EXPECT_FALSE(select->meta.Has("lastInfo"));
  EXPECT_TRUE(ParseDeviceSelect("meta")->meta.Has("lastInfo"));
  EXPECT_FALSE(ParseDeviceSelect("meta")->app_info.any());
}

TEST(DeviceSelect, WhatCannotBeSelectedIsNamed) {
  for (const std::string bad :
       {"", "meta,", "info", "meta/", "meta/plan", "appInfo/", "metas", "appInfo,x/y"}) {
    const auto select = ParseDeviceSelect(bad);
    ASSERT_FALSE(select) << bad;
    const std::string last = bad.substr(bad.rfind(',') + 1);
    EXPECT_EQ(select.error().message.substr(0, 13 + last.size()), "$select has \"" + last) << bad;
  }
}

}  // namespace
}  // namespace rawhaul::api
