#include "http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(MessageTest, ErrorsHaveTheNestedLowerCaseForm) {
  const Response response = ErrorResponse(404, "NotFound", "No such device.");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"error":{"code":"NotFound","message":"No such device."}})");
  EXPECT_THAT(response.headers, ElementsAre(Pair("Content-Type", "application/json; charset=utf-8")));
}

TEST(MessageTest, ErrorsEscapeTheirText) {
  EXPECT_EQ(ErrorResponse(400, "BadRequest", "a \"b\" \\ \n \x01 \xc3\xa4").body,
            "{\"error\":{\"code\":\"BadRequest\",\"message\":\"a \\\"b\\\" \\\\ \\n \\u0001 \xc3\xa4\"}}");
}

TEST(MessageTest, ErrorsAreUtf8EvenWhenTheirTextIsNot) {
  EXPECT_EQ(ErrorResponse(400, "BadRequest", "\xff!").body,
            R"({"error":{"code":"BadRequest","message":"?!"}})");
}

TEST(MessageTest, LookupsGiveTheFirstValue) {
  Request request;
  request.headers = {{"accept", "a"}, {"accept", "b"}};
  request.query = {{"q", "1"}, {"q", "2"}};
  request.path_parameters = {{"id", "7"}};
  EXPECT_EQ(request.header("accept"), "a");
  EXPECT_EQ(request.header("host"), "");
  EXPECT_EQ(request.path_parameter("id"), "7");
  EXPECT_EQ(*request.query_parameter("q"), "1");
  EXPECT_EQ(request.query_parameter("none"), nullptr);
}

}  // namespace
}  // namespace rawhaul::http
