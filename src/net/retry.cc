#include "net/retry.h"

#include <algorithm>
#include <charconv>

namespace rawhaul::net {
namespace {

using std::chrono::milliseconds;

// What the server asks for; zero when it asks for nothing, or for a date, which is not worth reading.
milliseconds RetryAfter(const Result<HttpResponse>& outcome, milliseconds max) {
  if (!outcome) return milliseconds(0);
  const std::string_view text = outcome->header("retry-after");
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
  const auto deadline = timer.Now() + policy.deadline;
  for (int attempts = 1;; ++attempts) {
    Result<HttpResponse> outcome = client.Send(request, stop);
    const bool again = IsRetryable(outcome) || (outcome && is_worth_another && is_worth_another(*outcome));
    if (!again || attempts >= policy.max_attempts) return outcome;
    const milliseconds delay =
        std::max(Backoff(policy, attempts, timer.Jitter()), RetryAfter(outcome, policy.max_delay));
    if (timer.Now() + delay > deadline) return outcome;
    if (!timer.Sleep(delay, stop)) return Fail(ErrorCode::kCanceled, "stopped while waiting to try again");
  }
}

}  // namespace rawhaul::net
