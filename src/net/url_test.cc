#include "net/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(UrlTest, IsTakenApart) {
  const auto url = ParseUrl("https://Account.blob.core.windows.net/exports/a%20b?sv=2020&sig=a%2Bb");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "account.blob.core.windows.net");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/exports/a%20b");
  EXPECT_EQ(url->query, "sv=2020&sig=a%2Bb");
  EXPECT_FALSE(url->has_user_info);
}

TEST(UrlTest, WhatMayNotStandInAUrlIsNamedWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://h/a b?sig=s3cret", "a blank as its character 12"},
      {"https://h/a?sv=1\n&sig=s3cret", "a line end as its character 17"},
      {"https://h/a\tb?sig=s3cret", "a tab as its character 12"},
      {"https://h/<container>?sig=s3cret", "the character < as its character 11"},
      {"https://h/\xC3\xA9?sig=s3cret", "a character beyond ASCII as its character 11"},
      {"https://h/a%2?sig=s3cret", "a form that RFC 3986 does not allow"},
  };
  for (const auto& [text, fault] : cases) {
    const auto url = ParseUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error().message, HasSubstr(fault));
    EXPECT_THAT(url.error().message, Not(HasSubstr("s3cret")));
  }
}

TEST(UrlTest, OriginOmitsTheDefaultPortOnly) {
  EXPECT_EQ(ParseUrl("https://h:443/x")->Origin(), "https://h");
  EXPECT_EQ(ParseUrl("HTTP://h:80")->Origin(), "http://h");
  EXPECT_EQ(ParseUrl("https://h:/x")->Origin(), "https://h");
  EXPECT_EQ(ParseUrl("http://127.0.0.1:10000/x?y")->Origin(), "http://127.0.0.1:10000");
  EXPECT_EQ(ParseUrl("http://[::1]:8080/")->Origin(), "http://[::1]:8080");
}

TEST(UrlTest, ToStringGivesTheUrlBackWithoutUserInfo) {
  EXPECT_EQ(ParseUrl("http://h:81/a%2Fb?c=%3D&d")->ToString(), "http://h:81/a%2Fb?c=%3D&d");
  EXPECT_EQ(ParseUrl("http://user:pass@h/a")->ToString(), "http://h/a");
}

TEST(UrlTest, QueryParametersAreDecodedInOrder) {
  const auto url = ParseUrl("https://h/?b=1%2F2&a=x+y&&flag&empty=&c=d=e");
  ASSERT_TRUE(url);
  EXPECT_THAT(url->QueryParameters(), ElementsAre(Pair("b", "1/2"), Pair("a", "x+y"), Pair("flag", ""),
                                                  Pair("empty", ""), Pair("c", "d=e")));
}

TEST(UrlTest, UserInfoIsSeen) { EXPECT_TRUE(ParseUrl("https://me@h/")->has_user_info); }

class BadUrlTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadUrlTest, IsRefusedWithoutQuotingIt) {
  const auto url = ParseUrl(GetParam());
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(url.error().message, Not(HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadUrlTest,
    ::testing::Values("", "secret", "/path?sig=secret", "https:///x?sig=secret", "https:secret",
                      "https://h\\@evil/secret", "https://h/a b?sig=secret", "https://h/%zz?sig=secret",
                      "https://h:0/?secret", "https://h:65536/?secret", "https://h:65979/?secret",
                      "https://h:x/?secret", "https://h:443x/?secret", "https://[::1]x/?secret",
                      "https://h/?sig=secret#part", "https://h%2eevil/?secret", "https://h/\n?secret"));

}  // namespace
}  // namespace rawhaul::net
