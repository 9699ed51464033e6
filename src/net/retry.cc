#include "net/retry.h"

#include <algorithm>
#include <charconv>

#include "net/http_date.h"

namespace rawhaul::net {
namespace {

using std::chrono::milliseconds;

// Until a date, as the clock of the server counts it, if it tells what that says: it may be wrong.
milliseconds Until(Timestamp date, const HttpResponse& response, const RetryTimer& timer) {
  return date - ParseHttpDate(response.header("date")).value_or(timer.WallTime());
}

// What the server asks for; zero when it asks for nothing, or not in a form of RFC 9110, 10.2.3.
milliseconds RetryAfter(const Result<HttpResponse>& outcome, const RetryTimer& timer, milliseconds max) {
  if (!outcome) return milliseconds(0);
  const std::string_view text = outcome->header("retry-after");
  if (const auto date = ParseHttpDate(text))
    return std::clamp(Until(*date, *outcome, timer), milliseconds(0), max);
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range) return max;
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return milliseconds(0);
  return seconds > max.count() / 1000 ? max : milliseconds(seconds * 1000);
}

// Full jitter: clients that failed together do not come back together.
milliseconds Backoff(const RetryPolicy& policy, int attempts_made, double jitter) {
  milliseconds delay = policy.first_delay;
  for (int i = 1; i < attempts_made && delay < policy.max_delay; ++i) delay *= 2;
  delay = std::min(delay, policy.max_delay);
  return milliseconds(static_cast<int64_t>(static_cast<double>(delay.count()) * jitter));
}

// Sends once. `waited` grows by the time in which no byte moved, in either direction.
Result<HttpResponse> SendOnce(HttpClient& client, const HttpRequest& request, const RetryTimer& timer,
                              std::stop_token stop, milliseconds& waited) {
  HttpRequest watched = request;
  uint64_t moved = 0;
  auto last_move = timer.Now();
  const auto count_wait = [&] {
    const auto now = timer.Now();
    waited += std::chrono::duration_cast<milliseconds>(now - last_move);
    last_move = now;
  };
  watched.on_progress = [&](uint64_t sent, uint64_t received) {
    if (sent + received == moved)
      count_wait();
    else
      last_move = timer.Now();
    moved = sent + received;
    if (request.on_progress) request.on_progress(sent, received);
  };
  auto outcome = client.Send(watched, stop);
  count_wait();
  return outcome;
}

}  // namespace

bool IsRetryable(const Result<HttpResponse>& outcome) {
  if (!outcome) return outcome.error().code == ErrorCode::kUnavailable;
  switch (outcome->status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

Result<HttpResponse> SendWithRetry(HttpClient& client, const HttpRequest& request, const RetryPolicy& policy,
                                   RetryTimer& timer, std::stop_token stop,
                                   const IsWorthAnother& is_worth_another) {
  milliseconds waited{0};
  for (int attempts = 1;; ++attempts) {
    Result<HttpResponse> outcome = SendOnce(client, request, timer, stop, waited);
    if (outcome) outcome->attempts = attempts;
    const bool again = IsRetryable(outcome) || (outcome && is_worth_another && is_worth_another(*outcome));
    if (!again || attempts >= policy.max_attempts) return outcome;
    const milliseconds delay =
        std::max(Backoff(policy, attempts, timer.Jitter()), RetryAfter(outcome, timer, policy.max_delay));
    waited += delay;
    if (waited > policy.deadline) return outcome;
    if (!timer.Sleep(delay, stop)) return Fail(ErrorCode::kCanceled, "stopped while waiting to try again");
  }
}

}  // namespace rawhaul::net
