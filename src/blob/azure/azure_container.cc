#include "blob/azure/azure_container.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "blob/azure/errors.h"
#include "blob/azure/requests.h"
#include "blob/limits.h"

namespace rawhaul::azure {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCreated = 201;
// Committing tens of thousands of blocks takes the service a while, in which nothing moves.
constexpr seconds kCommitTimeout{120};

// Somebody waits for the answer to a check.
constexpr int kCheckAttempts = 3;
constexpr seconds kCheckDeadline{10};
constexpr seconds kCheckTimeout{5};

constexpr std::string_view kCheckBlob = ".rawhaul-write-check";

class AzureContainer final : public Container {
 public:
  AzureContainer(ContainerAddress address, net::HttpClient& client, const net::RetryPolicy& retry,
                 RetryTimer& timer)
      : address_(std::move(address)), client_(client), retry_(retry), timer_(timer) {}

  const std::string& prefix() const override { return address_.prefix; }

  // Writing is the one thing that a write-only SAS can be asked to do. The block is never committed: the
  // service shows nothing of it and drops it after a week.
  Status CheckWritable(std::stop_token stop) override {
    net::HttpRequest request = PutBlock(address_, kCheckBlob, 0, "check");
    request.connect_timeout = kCheckTimeout;
    request.stall_timeout = kCheckTimeout;
    net::RetryPolicy retry = retry_;
    retry.max_attempts = std::min(retry.max_attempts, kCheckAttempts);
    retry.deadline = std::min<milliseconds>(retry.deadline, kCheckDeadline);
    return Send(request, retry, stop);
  }

  Status StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                    std::stop_token stop) override {
    RAWHAUL_TRY(CheckBlock(blob, index, data.size()));
    return Send(PutBlock(address_, blob, index, data), retry_, stop);
  }

  Status Commit(std::string_view blob, uint32_t blocks, const BlobProperties& properties,
                std::stop_token stop) override {
    RAWHAUL_TRY(CheckCommit(blob, blocks));
    const std::string xml = BlockListXml(blocks);
    net::HttpRequest request = PutBlockList(address_, blob, xml, properties);
    request.stall_timeout = kCommitTimeout;
    return Send(request, retry_, stop);
  }

  Status Discard(std::string_view) override { return {}; }

 private:
  // Each request may be carried out twice: staging replaces, and a block list of `Latest` entries is the same
  // again.
  Status Send(const net::HttpRequest& request, const net::RetryPolicy& retry, std::stop_token stop) {
    bool damaged = false;  // the last answer says so; asked once, since it costs a checksum of the body
    const auto arrived_damaged = [&](const net::HttpResponse& response) {
      damaged = ArrivedDamaged(response, request.body);
      return damaged;
    };
    RAWHAUL_ASSIGN(const net::HttpResponse response,
                   net::SendWithRetry(client_, request, retry, timer_, stop, arrived_damaged));
    if (response.status != kCreated) return Fail(ErrorOf(response, address_.sas, Purpose::kWriteToContainer));
    if (damaged) return DamagedOnTheWay();
    return {};
  }

  tl::unexpected<Error> DamagedOnTheWay() const {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{}: blocks arrive there damaged: the checksum that the service answers is not "
                            "that of what was sent",
                            address_.url),
                "Crc64Mismatch");
  }

  const ContainerAddress address_;
  net::HttpClient& client_;
  const net::RetryPolicy retry_;
  RetryTimer& timer_;
};

}  // namespace

std::unique_ptr<Container> MakeContainer(ContainerAddress address, net::HttpClient& client,
                                         const net::RetryPolicy& retry, RetryTimer& timer) {
  return std::make_unique<AzureContainer>(std::move(address), client, retry, timer);
}

}  // namespace rawhaul::azure
