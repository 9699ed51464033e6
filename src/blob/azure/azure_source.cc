#include "blob/azure/azure_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/integer.h"
#include "blob/azure/errors.h"
#include "blob/azure/requests.h"

namespace rawhaul::azure {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPartial = 206;
constexpr int kChanged = 412;
constexpr int kOutOfRange = 416;

// Somebody waits for the answer to a check.
constexpr int kCheckAttempts = 3;
constexpr seconds kCheckDeadline{10};
constexpr seconds kCheckTimeout{5};

// Reads range by range, so that each request can be tried again by itself; the first answer's ETag is asked
// for in those that follow, lest two versions of the blob are mixed.
class AzureSource final : public BlobSource {
 public:
  AzureSource(BlobAddress address, net::HttpClient& client, const net::RetryPolicy& retry, RetryTimer& timer)
      : address_(std::move(address)), client_(client), retry_(retry), timer_(timer) {}

  Status CheckReadable(std::stop_token stop) override {
    net::HttpRequest request = RequestFor(0, 1);
    request.connect_timeout = kCheckTimeout;
    request.stall_timeout = kCheckTimeout;
    net::RetryPolicy retry = retry_;
    retry.max_attempts = std::min(retry.max_attempts, kCheckAttempts);
    retry.deadline = std::min<milliseconds>(retry.deadline, kCheckDeadline);
    RAWHAUL_ASSIGN(const net::HttpResponse response,
                   net::SendWithRetry(client_, request, retry, timer_, stop));
    return IsPart(response) || IsEmptyBlob(response) ? Status() : Status(Fail(ErrorFor(response)));
  }

  Result<std::string> Read(std::stop_token stop) override {
    if (size_ && position_ == *size_) return std::string();
    RAWHAUL_ASSIGN(net::HttpResponse response,
                   net::SendWithRetry(client_, RequestFor(position_, kMaxPartBytes), retry_, timer_, stop));
    if (IsEmptyBlob(response)) return std::string();
    if (!IsPart(response)) return Fail(ErrorFor(response));
    RAWHAUL_TRY(NotePart(response));
    position_ += response.body.size();
    return std::move(response.body);
  }

 private:
  net::HttpRequest RequestFor(uint64_t first, size_t bytes) const {
    net::HttpRequest request = GetRange(address_, first, bytes);
    if (!etag_.empty()) request.headers.emplace_back("If-Match", etag_);
    return request;
  }

  static bool IsPart(const net::HttpResponse& response) { return response.status == kPartial; }
  // No range lies in it.
  bool IsEmptyBlob(const net::HttpResponse& response) const {
    return response.status == kOutOfRange && position_ == 0;
  }

  // Content-Range: bytes 0-4194303/12345678
  Status NotePart(const net::HttpResponse& response) {
    const std::string_view range = response.header("content-range");
    const size_t slash = range.find('/');
    const auto size =
        slash == std::string_view::npos ? std::nullopt : ParseInteger<uint64_t>(range.substr(slash + 1));
    const bool starts_here = range.starts_with(fmt::format("bytes {}-", position_));
    if (!size || !starts_here || response.body.empty() || position_ + response.body.size() > *size)
      return Fail(ErrorCode::kUnavailable, "the storage answered another range than was asked for");
    size_ = size;
    etag_ = response.header("etag");
    return {};
  }

  Error ErrorFor(const net::HttpResponse& response) const {
    if (response.status == kChanged && !etag_.empty())
      return {ErrorCode::kConflict, "the blob was changed while it was read", "ConditionNotMet"};
    return ErrorOf(response, address_.sas, Purpose::kReadBlob);
  }

  const BlobAddress address_;
  net::HttpClient& client_;
  const net::RetryPolicy retry_;
  RetryTimer& timer_;
  uint64_t position_ = 0;
  std::optional<uint64_t> size_;  // since the first part
  std::string etag_;
};

}  // namespace

std::unique_ptr<BlobSource> MakeSource(BlobAddress address, net::HttpClient& client,
                                       const net::RetryPolicy& retry, RetryTimer& timer) {
  return std::make_unique<AzureSource>(std::move(address), client, retry, timer);
}

}  // namespace rawhaul::azure
