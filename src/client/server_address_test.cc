#include "client/server_address.h"

#include <gtest/gtest.h>

namespace rawhaul::client {
namespace {

TEST(ServerAddressTest, AServerIsAHostAndAPort) {
  EXPECT_EQ(ParseServer("https://rawhaul.example:8443", false), "https://rawhaul.example:8443");
  EXPECT_EQ(ParseServer("https://Rawhaul.example/", false), "https://rawhaul.example");
  for (const char* text : {"", "rawhaul.example", "ftp://rawhaul.example", "https://a/b", "https://a?b=c",
                           "https://user:word@a", "https://"}) {
    const auto parsed = ParseServer(text, true);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message.find("word"), std::string::npos);
  }
}

TEST(ServerAddressTest, PlainHttpIsForThisMachineAlone) {
  for (const char* text : {"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"}) {
    EXPECT_EQ(ParseServer(text, false), text);
  }
  for (const char* text : {"http://rawhaul.example:8080", "http://10.0.0.1:8080",
                           "http://localhost.example:8080", "http://127.example"}) {
    EXPECT_FALSE(ParseServer(text, false)) << text;
    EXPECT_EQ(ParseServer(text, true), text);
  }
}

TEST(ServerAddressTest, AnAppHasAShortAndALongForm) {
  const std::string path =
      "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MobileEngagement/appcollections/apps & co"
      "/apps/\u00FCber";
  const std::string encoded =
      "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MobileEngagement/appcollections/"
      "apps%20%26%20co"
      "/apps/%C3%BCber";
  for (const std::string& text : {path, std::string("sub/group/apps & co/\u00FCber")}) {
    const auto app = ParseApp(text);
    ASSERT_TRUE(app) << text;
    EXPECT_EQ(UrlPathOf(*app), encoded);
  }
  const auto any_case = ParseApp(
      "/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.mobileengagement/appCollections/c/Apps/n");
  ASSERT_TRUE(any_case);
  EXPECT_EQ(any_case->collection, "c");
}

TEST(ServerAddressTest, WhatIsNoAppIsRefused) {
  for (const char* text : {"", "/", "app", "a/b/c", "a/b/c/d/e", "a//c/d", "a/b/c/", "/a/b/c/d",
                           "/subscriptions/s/resourceGroups/g"}) {
    EXPECT_FALSE(ParseApp(text)) << text;
  }
}

}  // namespace
}  // namespace rawhaul::client
