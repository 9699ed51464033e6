#include "net/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "base/retry_timer_testing.h"

namespace rawhaul::net {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Answers in order; the last answer stands for all that follow.
class ScriptedClient final : public HttpClient {
 public:
  explicit ScriptedClient(std::vector<Result<HttpResponse>> outcomes) : outcomes_(std::move(outcomes)) {}
  Result<HttpResponse> Send(const HttpRequest&, std::stop_token) override {
    return outcomes_[std::min(sent++, outcomes_.size() - 1)];
  }
  size_t sent = 0;

 private:
  std::vector<Result<HttpResponse>> outcomes_;
};

Result<HttpResponse> Answer(int status, std::string retry_after = "") {
  HttpResponse response{.status = status, .headers = {}, .body = {}};
  if (!retry_after.empty()) response.headers.emplace_back("retry-after", std::move(retry_after));
  return response;
}
Result<HttpResponse> NoAnswer() { return Fail(ErrorCode::kUnavailable, "reset"); }

class RetryTest : public ::testing::Test {
 protected:
  Result<HttpResponse> Send(HttpClient& client, std::stop_token stop = {}) {
    return SendWithRetry(client, HttpRequest{}, policy_, timer_, stop);
  }
  RetryPolicy policy_{.max_attempts = 5,
                      .first_delay = milliseconds(100),
                      .max_delay = milliseconds(300),
                      .deadline = milliseconds(100000)};
  FakeRetryTimer timer_;
};

TEST_F(RetryTest, AnswersThatMayChangeAreRetryable) {
  for (const int status : {408, 429, 500, 502, 503, 504}) EXPECT_TRUE(IsRetryable(Answer(status))) << status;
  for (const int status : {200, 201, 301, 307, 400, 401, 403, 404, 409, 412, 413, 501, 505, 507}) {
    EXPECT_FALSE(IsRetryable(Answer(status))) << status;
  }
  EXPECT_TRUE(IsRetryable(NoAnswer()));
  EXPECT_FALSE(IsRetryable(Fail(ErrorCode::kCanceled, "")));
  EXPECT_FALSE(IsRetryable(Fail(ErrorCode::kInvalidArgument, "")));
}

TEST_F(RetryTest, SendsOnceWhenTheAnswerIsFinal) {
  ScriptedClient client({Answer(404)});
  EXPECT_EQ(Send(client)->status, 404);
  EXPECT_EQ(client.sent, 1u);
  EXPECT_THAT(timer_.sleeps(), IsEmpty());
}

TEST_F(RetryTest, SendsAgainUntilTheAnswerIsFinal) {
  ScriptedClient client({NoAnswer(), Answer(503), Answer(201)});
  EXPECT_EQ(Send(client)->status, 201);
  EXPECT_EQ(client.sent, 3u);
}

TEST_F(RetryTest, SendsAgainWhatOnlyTheCallerKnowsToBeWorthIt) {
  ScriptedClient client({Answer(400), Answer(503), Answer(400), Answer(201)});
  const auto is_400 = [](const HttpResponse& response) { return response.status == 400; };
  EXPECT_EQ(SendWithRetry(client, HttpRequest{}, policy_, timer_, {}, is_400)->status, 201);
  EXPECT_THAT(timer_.sleeps(), ElementsAre(milliseconds(100), milliseconds(200), milliseconds(300)));
  ScriptedClient hopeless({Answer(400)});
  EXPECT_EQ(SendWithRetry(hopeless, HttpRequest{}, policy_, timer_, {}, is_400)->status, 400);
  EXPECT_EQ(hopeless.sent, 5u);
}

TEST_F(RetryTest, DelaysDoubleUpToTheMaximum) {
  ScriptedClient client({Answer(503)});
  Send(client);
  EXPECT_THAT(timer_.sleeps(),
              ElementsAre(milliseconds(100), milliseconds(200), milliseconds(300), milliseconds(300)));
}

TEST_F(RetryTest, JitterShortensDelays) {
  timer_.set_jitter(0.25);
  ScriptedClient client({Answer(503), Answer(503), Answer(201)});
  Send(client);
  EXPECT_THAT(timer_.sleeps(), ElementsAre(milliseconds(25), milliseconds(50)));
}

TEST_F(RetryTest, GivesTheLastOutcomeWhenAttemptsAreUsedUp) {
  ScriptedClient answered({NoAnswer(), Answer(500), Answer(503)});
  EXPECT_EQ(Send(answered)->status, 503);
  EXPECT_EQ(answered.sent, 5u);
  ScriptedClient silent({Answer(500), NoAnswer()});
  EXPECT_EQ(Send(silent).error().message, "reset");
}

TEST_F(RetryTest, StartsNoAttemptThatWouldComeAfterTheDeadline) {
  policy_.deadline = milliseconds(350);
  ScriptedClient client({Answer(503)});
  EXPECT_EQ(Send(client)->status, 503);
  EXPECT_EQ(client.sent, 3u);
  EXPECT_THAT(timer_.sleeps(), ElementsAre(milliseconds(100), milliseconds(200)));
}

TEST_F(RetryTest, KeepsARetryAfterUpToTheMaximumDelay) {
  policy_.max_delay = milliseconds(5000);
  timer_.set_jitter(0);
  ScriptedClient client(
      {Answer(503, "2"), Answer(429, "3600"), Answer(429, "99999999999999999999"), Answer(201)});
  EXPECT_EQ(Send(client)->status, 201);
  EXPECT_THAT(timer_.sleeps(), ElementsAre(milliseconds(2000), milliseconds(5000), milliseconds(5000)));
}

TEST_F(RetryTest, IgnoresARetryAfterThatIsNoTimeToWait) {
  timer_.set_jitter(0);
  ScriptedClient client({Answer(503, "-5"), Answer(503, "1x"), Answer(503, "soon"), Answer(201)});
  EXPECT_EQ(Send(client)->status, 201);
  EXPECT_THAT(timer_.sleeps(), ElementsAre(milliseconds(0), milliseconds(0), milliseconds(0)));
}

TEST_F(RetryTest, KeepsARetryAfterThatIsADate) {
  policy_.max_delay = milliseconds(5000);
  timer_.set_jitter(0);
  ScriptedClient client(
      {Answer(503, "Thu, 01 Jan 2026 00:00:02 GMT"), Answer(503, "Thursday, 01-Jan-26 00:00:05 GMT"),
       Answer(429, "Thu Jan  1 09:00:00 2026"), Answer(503, "Wed, 21 Oct 2015 07:28:00 GMT"), Answer(201)});
  EXPECT_EQ(Send(client)->status, 201);
  EXPECT_THAT(timer_.sleeps(),
              ElementsAre(milliseconds(2000), milliseconds(3000), milliseconds(5000), milliseconds(0)));
}

TEST_F(RetryTest, ADateIsReadByTheClockOfTheServer) {
  policy_.max_delay = milliseconds(5000);
  timer_.set_jitter(0);
  auto busy = Answer(503, "Sun, 06 Nov 1994 08:49:37 GMT");
  busy->headers.emplace_back("date", "Sun, 06 Nov 1994 08:49:34 GMT");
  ScriptedClient client({busy, Answer(201)});
  EXPECT_EQ(Send(client)->status, 201);
  EXPECT_THAT(timer_.sleeps(), ElementsAre(milliseconds(3000)));
}

TEST_F(RetryTest, TheAnswerTellsHowOftenTheRequestWasSent) {
  ScriptedClient client({NoAnswer(), Answer(503), Answer(201)});
  EXPECT_EQ(Send(client)->attempts, 3);
  ScriptedClient at_once({Answer(201)});
  EXPECT_EQ(Send(at_once)->attempts, 1);
}

// Each attempt moves so many bytes, one in ten seconds, then nothing for a while, and is reset.
class SlowClient final : public HttpClient {
 public:
  SlowClient(FakeRetryTimer& timer, uint64_t bytes, bool uploads, milliseconds silence)
      : timer_(timer), bytes_(bytes), uploads_(uploads), silence_(silence) {}
  Result<HttpResponse> Send(const HttpRequest& request, std::stop_token stop) override {
    ++sent;
    for (uint64_t i = 1; i <= bytes_; ++i) {
      timer_.Sleep(milliseconds(10000), stop);
      request.on_progress(uploads_ ? i : 0, uploads_ ? 0 : i);
    }
    timer_.Sleep(silence_, stop);
    request.on_progress(uploads_ ? bytes_ : 0, uploads_ ? 0 : bytes_);
    return NoAnswer();
  }
  size_t sent = 0;

 private:
  FakeRetryTimer& timer_;
  const uint64_t bytes_;
  const bool uploads_;
  const milliseconds silence_;
};

TEST_F(RetryTest, WhatATransferTakesIsNoWaiting) {
  for (const bool uploads : {true, false}) {
    SlowClient slow(timer_, 50, uploads, milliseconds(0));
    EXPECT_EQ(Send(slow).error().message, "reset");
    EXPECT_EQ(slow.sent, 5u) << "all attempts, though each took longer than the deadline";
  }
}

TEST_F(RetryTest, TimeWithoutProgressInAnAttemptIsWaiting) {
  SlowClient stalled(timer_, 1, true, milliseconds(40000));
  EXPECT_EQ(Send(stalled).error().message, "reset");
  EXPECT_EQ(stalled.sent, 3u);
}

TEST_F(RetryTest, StopEndsTheWaiting) {
  std::stop_source stop;
  stop.request_stop();
  ScriptedClient client({Answer(503)});
  EXPECT_EQ(Send(client, stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_EQ(client.sent, 1u);
}

}  // namespace
}  // namespace rawhaul::net
