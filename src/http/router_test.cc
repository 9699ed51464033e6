#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Router MakeRouter(std::initializer_list<std::pair<std::string_view, std::string_view>> routes) {
  Router router;
  for (const auto& [method, pattern] : routes)
    router.Add(method, pattern, [](const Request&) { return Response{}; });
  return router;
}

std::string PatternFor(const Router& router, std::string_view method, std::string_view path) {
  const auto match = router.Find(method, path);
  return match.route == nullptr ? "" : match.route->pattern;
}

TEST(RouterTest, LiteralsMatchWithoutRegardToCase) {
  const Router router = MakeRouter({{"GET", "/subscriptions/{s}/resourceGroups/{g}"}});
  const auto match = router.Find("GET", "/SUBSCRIPTIONS/Sub/resourcegroups/Rg");
  ASSERT_NE(match.route, nullptr);
  EXPECT_THAT(match.path_parameters, ElementsAre(Pair("s", "Sub"), Pair("g", "Rg")));
}

TEST(RouterTest, ALiteralWinsOverANameInWhateverOrderTheyWereAdded) {
  const Router routers[] = {MakeRouter({{"GET", "/devices/{id}"}, {"GET", "/devices/tag"}}),
                            MakeRouter({{"GET", "/devices/tag"}, {"GET", "/devices/{id}"}})};
  for (const Router& router : routers) {
    EXPECT_EQ(PatternFor(router, "GET", "/devices/tag"), "/devices/tag");
    EXPECT_EQ(PatternFor(router, "GET", "/devices/tags"), "/devices/{id}");
  }
}

TEST(RouterTest, ALiteralThatFailsDeeperDoesNotHideAName) {
  const Router router = MakeRouter({{"GET", "/a/b/c"}, {"GET", "/a/{x}/d"}, {"GET", "/{y}/b/d"}});
  EXPECT_EQ(PatternFor(router, "GET", "/a/b/d"), "/a/{x}/d");
  EXPECT_EQ(PatternFor(router, "GET", "/z/b/d"), "/{y}/b/d");
}

TEST(RouterTest, PrecedenceComesBeforeTheMethod) {
  const Router router = MakeRouter({{"GET", "/devices/{id}"}, {"POST", "/devices/tag"}});
  const auto match = router.Find("GET", "/devices/tag");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_THAT(match.allowed_methods, ElementsAre("POST"));
}

TEST(RouterTest, TheMethodChoosesAmongRoutesOfOneShapeWhateverTheirNames) {
  const Router router = MakeRouter({{"GET", "/x/{a}"}, {"PUT", "/x/{b}"}});
  EXPECT_EQ(PatternFor(router, "PUT", "/x/1"), "/x/{b}");
  EXPECT_THAT(router.Find("DELETE", "/x/1").allowed_methods, ElementsAre("GET", "HEAD", "PUT"));
}

TEST(RouterTest, HeadGoesToGetUnlessItHasARouteOfItsOwn) {
  const Router router = MakeRouter({{"GET", "/x"}, {"GET", "/y"}, {"HEAD", "/y"}});
  EXPECT_EQ(router.Find("HEAD", "/x").route->method, "GET");
  EXPECT_EQ(router.Find("HEAD", "/y").route->method, "HEAD");
}

TEST(RouterTest, SplitsBeforeDecoding) {
  const Router router = MakeRouter({{"GET", "/users/{id}"}});
  EXPECT_THAT(router.Find("GET", "/users/a%2Fb%20%C3%A4+").path_parameters,
              ElementsAre(Pair("id", "a/b \xc3\xa4+")));
  EXPECT_EQ(PatternFor(router, "GET", "/us%65rs/1"), "/users/{id}");
}

TEST(RouterTest, BadEncodingIsTold) {
  const Router router = MakeRouter({{"GET", "/users/{id}"}});
  EXPECT_TRUE(router.Find("GET", "/users/%zz").bad_encoding);
  EXPECT_TRUE(router.Find("GET", "/users/%4").bad_encoding);
  EXPECT_TRUE(router.Find("GET", "/users/%ff").bad_encoding) << "not UTF-8";
  EXPECT_FALSE(router.Find("GET", "/users/%25").bad_encoding);
}

TEST(RouterTest, OneSlashAtTheEndMakesNoDifference) {
  const Router router = MakeRouter({{"GET", "/a/{x}"}, {"GET", "/"}});
  EXPECT_EQ(PatternFor(router, "GET", "/a/b/"), "/a/{x}");
  EXPECT_EQ(PatternFor(router, "GET", "/"), "/");
  EXPECT_EQ(PatternFor(router, "GET", "/a/b//"), "");
}

TEST(RouterTest, ANameTakesNoEmptySegment) {
  const Router router = MakeRouter({{"GET", "/a/{x}/b"}});
  EXPECT_EQ(PatternFor(router, "GET", "/a//b"), "");
}

TEST(RouterTest, EmptySegmentsAreIgnoredByRoutesThatSaySo) {
  Router router = MakeRouter({{"GET", "/metrics"}, {"GET", "/v1/{name}"}});
  const auto ok = [](const Request&) { return Response{}; };
  router.Add("POST", "/v1/batch", ok, {.ignores_empty_segments = true});
  for (const std::string_view path :
       {"/v1/batch", "//v1/batch", "/v1//batch", "///v1///batch//", "//V1/b%61tch"}) {
    EXPECT_EQ(PatternFor(router, "POST", path), "/v1/batch") << path;
  }
  EXPECT_THAT(router.Find("GET", "//v1/batch").allowed_methods, ElementsAre("POST"));
  for (const std::string_view path : {"//metrics", "/v1//x", "//v1/x", "/%2Fv1/batch"})
    EXPECT_EQ(PatternFor(router, "GET", path), "") << path;
  EXPECT_EQ(PatternFor(router, "POST", "/v1/%2Fbatch"), "") << "a slash of a name separates nothing";
}

TEST(RouterTest, NoRouteHasNoAllowedMethods) {
  const Router router = MakeRouter({{"GET", "/a"}});
  const auto match = router.Find("GET", "/b");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_THAT(match.allowed_methods, IsEmpty());
}

}  // namespace
}  // namespace rawhaul::http
