#include "api/paging.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

namespace rawhaul::api {
namespace {

constexpr std::array<std::string_view, 2> kNames{"taskId", "dateCreated"};

http::Request RequestWith(std::vector<http::Header> query) {
  http::Request request;
  request.path = "/a/b%20c";
  request.query = std::move(query);
  request.headers = {{"host", "api.example:8443"}};
  return request;
}

TEST(Paging, NumbersHaveADefaultAndARange) {
  EXPECT_EQ(NumberParameter(RequestWith({}), "$top", 20, 1, 40), 20u);
  EXPECT_EQ(NumberParameter(RequestWith({{"$top", "40"}}), "$top", 20, 1, 40), 40u);
  for (const char* bad : {"0", "41", "-1", "abc", "", "4x", "99999999999999999999"}) {
    const auto refused = NumberParameter(RequestWith({{"$top", bad}}), "$top", 20, 1, 40);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().message, "$top must be a whole number from 1 to 40.");
  }
}

TEST(Paging, OrderByNamesOnePropertyInAnyCase) {
  const auto by_default = OrderByParameter(RequestWith({}), kNames);
  EXPECT_EQ(by_default->property, "taskId");
  EXPECT_FALSE(by_default->descending);
  const auto chosen = OrderByParameter(RequestWith({{"$orderby", "DATECREATED Desc"}}), kNames);
  EXPECT_EQ(chosen->property, "dateCreated");
  EXPECT_TRUE(chosen->descending);
  EXPECT_FALSE(OrderByParameter(RequestWith({{"$orderby", "taskId asc"}}), kNames)->descending);
  for (const char* bad : {"", "name", "taskId down", "taskId,dateCreated", "taskId  asc"}) {
    EXPECT_FALSE(OrderByParameter(RequestWith({{"$orderby", bad}}), kNames)) << bad;
  }
}

TEST(Paging, NextLinksAreAbsoluteAndKeepAllOtherParameters) {
  http::Request request =
      RequestWith({{"api-version", "2014-12-01"}, {"$skip", "5"}, {"$orderby", "taskId desc"}, {"x", "'$&"}});
  EXPECT_EQ(NextLink(request, 25, 20),
            "http://api.example:8443/a/"
            "b%20c?api-version=2014-12-01&$orderby=taskId%20desc&x=%27%24%26&$skip=25&$top=20");
  request.headers.emplace_back("x-forwarded-proto", "https");
  EXPECT_EQ(NextLink(request, 0, 1).substr(0, 13), "https://api.e");
}

// Each proxy on the way adds its own behind those before it.
TEST(Paging, NextLinksHaveTheSchemeByWhichTheFirstProxyWasReached) {
  const std::vector<std::pair<http::Header, std::string>> schemes{
      {{"x-forwarded-proto", "https, http"}, "https"},
      {{"x-forwarded-proto", "HTTPS"}, "https"},
      {{"x-forwarded-proto", " https ,http"}, "https"},
      {{"x-forwarded-proto", "http, https"}, "http"},
      {{"x-forwarded-proto", ","}, "http"},
      {{"forwarded", "for=192.0.2.43;proto=https;by=203.0.113.43, for=198.51.100.17;proto=http"}, "https"},
      {{"forwarded", "Proto = \"https\""}, "https"},
      {{"forwarded", "for=192.0.2.43, for=198.51.100.17;proto=https"}, "http"},
      {{"forwarded", "proto=\""}, "http"},
      {{"forwarded", ""}, "http"},
  };
  for (const auto& [header, scheme] : schemes) {
    http::Request request = RequestWith({});
    request.headers.push_back(header);
    EXPECT_EQ(NextLink(request, 0, 1).substr(0, scheme.size() + 3), scheme + "://") << header.second;
  }
}

TEST(Paging, AHostHeaderThatIsNoHostIsNotEchoed) {
  http::Request request = RequestWith({});
  request.headers = {{"host", "a\"><script>"}};
  EXPECT_EQ(NextLink(request, 0, 1), "http://localhost/a/b%20c?$skip=0&$top=1");
}

}  // namespace
}  // namespace rawhaul::api
