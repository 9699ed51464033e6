// Sends back-fills to POST /collect/v1/bulk.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/retry_timer.h"
#include "base/secret.h"
#include "client/line_chunks.h"
#include "net/http_client.h"

namespace rawhaul::client {

struct SendRejection {
  uint64_t line = 0;              // of the input
  std::optional<uint64_t> index;  // of the record; none: the whole line
  std::string code;
  std::string message;
};

struct SendSummary {
  uint64_t lines = 0;
  uint64_t accepted = 0;  // records
  uint64_t rejected_lines = 0;
  uint64_t rejected_records = 0;
  std::vector<SendRejection> rejected;  // the first of them, by line
  uint64_t stored_up_to = 0;            // all lines of the input up to this one are dealt with

  bool has_rejections() const { return rejected_lines > 0 || rejected_records > 0; }
};

// Told while a chunk goes out.
struct SendEvents {
  std::function<void(uint64_t)> on_sent;                         // so many bytes of it
  std::function<void(const Error&, const LineChunk&)> on_again;  // it is sent again, because of this
};

// Used by one thread.
class BulkSender {
 public:
  // `http` and `timer` must outlive it. `server`: its origin.
  BulkSender(net::HttpClient& http, RetryTimer& timer, std::stop_token stop, std::string server,
             Secret collect_key);

  // Returns when the server has the chunk on disk. A chunk without an answer is sent again for some minutes
  // when each of its lines has a batchId, so that nothing can be stored twice. After an error a part of it
  // may be stored.
  Status Send(const LineChunk& chunk, const SendEvents& events);

  const SendSummary& summary() const { return summary_; }

 private:
  net::HttpClient& http_;
  RetryTimer& timer_;
  const std::stop_token stop_;
  const std::string url_;
  const Secret collect_key_;
  SendSummary summary_;
};

// Whether every line that is not blank is a JSON object with a batchId.
bool HasBatchIds(std::string_view lines);

}  // namespace rawhaul::client
