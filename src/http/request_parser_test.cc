#include "http/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul::http {
namespace {

using ::testing::Contains;
using ::testing::Pair;
using Outcome = RequestParser::Outcome;

constexpr size_t kMaxHeader = 1024;

// Feeds all of `bytes`, in pieces of `step`, and returns the last outcome.
Outcome FeedAll(RequestParser& parser, std::string_view bytes, size_t step = std::string::npos) {
  std::string waiting;
  Outcome outcome = Outcome::kNeedMore;
  while (!parser.done() && !(bytes.empty() && (waiting.empty() || outcome == Outcome::kNeedMore))) {
    if (waiting.empty() || outcome == Outcome::kNeedMore) {
      waiting += bytes.substr(0, step);
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    const auto fed = parser.Feed(waiting);
    waiting.erase(0, fed.consumed);
    outcome = fed.outcome;
    if (outcome != Outcome::kProgress && outcome != Outcome::kNeedMore) break;
  }
  return outcome;
}

Outcome OutcomeOf(std::string_view bytes) {
  RequestParser parser(kMaxHeader);
  return FeedAll(parser, bytes);
}

TEST(RequestParserTest, ReadsRequestsInPiecesOfAnySize) {
  for (const size_t step : {1, 2, 3, 7, 1000}) {
    RequestParser parser(kMaxHeader);
    FeedAll(parser,
            "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nX-Y: 1\r\nx-y: 2\r\nContent-Length: 5\r\n\r\nhello",
            step);
    ASSERT_TRUE(parser.done()) << step << parser.problem();
    const Request& request = parser.request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a%20b?x=1");
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(*request.query_parameter("x"), "1");
    EXPECT_EQ(request.header("host"), "h");
    EXPECT_EQ(request.header("x-y"), "1");
    EXPECT_THAT(request.headers, Contains(Pair("x-y", "2")));
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(RequestParserTest, ReadsChunkedBodiesAndDropsTrailers) {
  for (const size_t step : {1, 5, 1000}) {
    RequestParser parser(kMaxHeader);
    FeedAll(parser,
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nHost: evil\r\n\r\n",
            step);
    ASSERT_TRUE(parser.done()) << step << parser.problem();
    EXPECT_EQ(parser.request().body, "hello world");
    EXPECT_EQ(parser.request().header("host"), "h");
    EXPECT_EQ(parser.request().headers.size(), 2u);
  }
}

TEST(RequestParserTest, StopsBehindTheRequest) {
  RequestParser parser(kMaxHeader);
  const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto fed = parser.Feed(first + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(fed.consumed, first.size());
}

TEST(RequestParserTest, AcceptsTheAbsoluteForm) {
  RequestParser parser(kMaxHeader);
  FeedAll(parser, "GET http://h:80/a?b=c HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parser.request().path, "/a");
  EXPECT_EQ(*parser.request().query_parameter("b"), "c");
  parser.Restart();
  FeedAll(parser, "GET HTTP://h?b=c HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parser.request().path, "/");
  EXPECT_EQ(*parser.request().query_parameter("b"), "c");
}

TEST(RequestParserTest, KnowsWhenAConnectionCannotBeKept) {
  const auto keep_alive = [](std::string_view bytes) {
    RequestParser parser(kMaxHeader);
    FeedAll(parser, bytes);
    return parser.done() && parser.keep_alive();
  };
  EXPECT_TRUE(keep_alive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParserTest, EchoesUsableRequestIdsOnly) {
  const auto id_for = [](std::string_view sent) {
    RequestParser parser(kMaxHeader);
    FeedAll(parser, "GET / HTTP/1.1\r\nHost: h\r\nx-ms-client-request-id: " + std::string(sent) + "\r\n\r\n");
    return parser.request().request_id;
  };
  EXPECT_EQ(id_for("abfe2a35-8319"), "abfe2a35-8319");
  EXPECT_EQ(id_for(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(id_for(std::string(129, 'x')).size(), 32u);
  EXPECT_EQ(id_for("\xc3\xa4").size(), 32u);
  EXPECT_EQ(id_for("").size(), 32u);
  EXPECT_NE(id_for(""), id_for(""));
}

TEST(RequestParserTest, LimitsTheHeader) {
  EXPECT_EQ(OutcomeOf("GET /" + std::string(kMaxHeader, 'x')), Outcome::kHeaderTooLarge);
  EXPECT_EQ(OutcomeOf("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(kMaxHeader, 'x')),
            Outcome::kHeaderTooLarge);
  const std::string half(kMaxHeader * 2 / 3, 'x');
  EXPECT_EQ(OutcomeOf("GET /" + half + " HTTP/1.1\r\nHost: h\r\nX: " + half + "\r\n\r\n"),
            Outcome::kHeaderTooLarge)
      << "request line and fields count together";
}

TEST(RequestParserTest, LimitsChunkedBodies) {
  RequestParser parser(kMaxHeader);
  FeedAll(parser, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  parser.LimitBody(10);
  EXPECT_EQ(FeedAll(parser, "6\r\n123456\r\n5\r\n12345\r\n"), Outcome::kBodyTooLarge);
  EXPECT_EQ(parser.request().body, "123456");
}

TEST(RequestParserTest, ReadsAFoldedLineAsOne) {
  RequestParser parser(kMaxHeader);
  FeedAll(parser, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n");
  EXPECT_EQ(parser.request().header("x"), "a b");
}

class MalformedTest : public ::testing::TestWithParam<const char*> {};

TEST_P(MalformedTest, IsRefused) {
  RequestParser parser(kMaxHeader);
  EXPECT_EQ(FeedAll(parser, GetParam()), Outcome::kMalformed);
  EXPECT_NE(parser.problem(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Smuggling, MalformedTest,
    ::testing::Values(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 6\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n",
        "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"));

INSTANTIATE_TEST_SUITE_P(
    Form, MalformedTest,
    ::testing::Values(
        "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: h\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01z\r\n\r\n",
        "GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"));

TEST(RequestParserTest, OneEmptyLineInFrontIsNothing) {
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const size_t step : {1, 2, 3, 1000}) {
    RequestParser parser(kMaxHeader);
    EXPECT_EQ(FeedAll(parser, "\r\n", step), Outcome::kProgress);
    EXPECT_FALSE(parser.has_begun());
    FeedAll(parser, request, step);
    EXPECT_TRUE(parser.done() && parser.has_begun()) << step;
  }
  EXPECT_EQ(OutcomeOf("\r\n\r\n" + request), Outcome::kMalformed) << "not one after the other for ever";
  EXPECT_EQ(OutcomeOf("\n" + request), Outcome::kMalformed);
  EXPECT_EQ(OutcomeOf("\rG" + request), Outcome::kMalformed);
}

}  // namespace
}  // namespace rawhaul::http
