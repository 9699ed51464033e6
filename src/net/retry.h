// The one retry layer: how often, how long, when to give up.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "base/result.h"
#include "base/retry_timer.h"
#include "net/http_client.h"

namespace rawhaul::net {

struct RetryPolicy {
  int max_attempts = 8;
  std::chrono::milliseconds first_delay{250};
  std::chrono::milliseconds max_delay{15000};
  // Of waiting, between attempts and in them while no byte moves; no attempt starts after it. What a transfer
  // takes does not count: on a slow line that is long, and no sign that another attempt is in vain.
  std::chrono::milliseconds deadline{120000};
};

// Whether another attempt may help: no answer at all, 408, 429, 500, 502, 503, 504.
bool IsRetryable(const Result<HttpResponse>& outcome);

// Answers of a service of which only its caller knows that another attempt may help.
using IsWorthAnother = std::function<bool(const HttpResponse&)>;

// Sends until there is an answer that is not retryable or the policy is used up; then the last outcome is
// returned. Delays double, with full jitter, and a Retry-After of the server (seconds, or a date) is kept, up
// to max_delay. A request may have been carried out more than once: it must be one for which that is no harm.
Result<HttpResponse> SendWithRetry(HttpClient& client, const HttpRequest& request, const RetryPolicy& policy,
                                   RetryTimer& timer, std::stop_token stop,
                                   const IsWorthAnother& is_worth_another = {});

}  // namespace rawhaul::net
