#include "blob/azure/azure_container.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// Refusals that a name gets only when it has a blob: one that is there (the precondition), is under a policy
// of retention or a legal hold, has a lease, or may not be replaced with this SAS.
bool TellsOfABlob(std::string_view code) {
  constexpr std::array<std::string_view, 5> kCodes{kBlobAlreadyExists, "BlobImmutableDueToPolicy",
                                                   "ConditionNotMet", "LeaseIdMissing",
                                                   "UnauthorizedBlobOverwrite"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// Of the request, by its checksum.
bool TellsOfDamage(const net::HttpResponse& answer) {
  return answer.status == 400 && answer.header("x-ms-error-code") == "Md5Mismatch";
}

class AzureContainer final : public Container {
 public:
  AzureContainer(ContainerAddress address, net::HttpClient& client, const net::RetryPolicy& retry,
                 RetryTimer& timer)
      : address_(std::move(address)), client_(client), retry_(retry), timer_(timer) {}

  const std::string& prefix() const override { return address_.prefix; }

  ContainerLimits limits() const override { return kBlockBlobLimits; }

  // Writing is the one thing that a write-only SAS can be asked to do. The block is never committed: the
  // service shows nothing of it and drops it after a week.
  Status CheckWritable(std::stop_token stop) override {
    constexpr std::string_view kData = "check";
    const BlockReceipt block = NewReceipt(0, kData);
    net::HttpRequest request = PutBlock(address_, kCheckBlob, block, kData);
    request.connect_timeout = kCheckTimeout;
    request.stall_timeout = kCheckTimeout;
    net::RetryPolicy retry = retry_;
    retry.max_attempts = std::min(retry.max_attempts, kCheckAttempts);
    retry.deadline = std::min<milliseconds>(retry.deadline, kCheckDeadline);
    return SendBlock(request, block, retry, stop);
  }

  // May be carried out twice, since the second time it replaces the first with the same.
  Result<BlockReceipt> StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                                  std::stop_token stop) override {
    RAWHAUL_TRY(CheckBlock(blob, index, data.size(), limits()));
    BlockReceipt block = NewReceipt(index, data);
    RAWHAUL_TRY(SendBlock(PutBlock(address_, blob, block, data), block, retry_, stop));
    return block;
  }

  // The service replaces no blob with `If-None-Match: *`. What refuses that may be our own commit, whose
  // answer was lost.
  Status Commit(const BlobCommit& commit, std::stop_token stop) override {
    RAWHAUL_TRY(CheckCommit(commit, limits()));
    RAWHAUL_ASSIGN(const net::HttpResponse answer, SendBlockList(commit, BlockState::kUncommitted, stop));
    if (answer.status == kCreated) return {};
    Error refusal = ErrorOf(answer, address_.sas, Purpose::kWriteToContainer);
    const bool is_there = TellsOfABlob(refusal.reason);
    if (!is_there && refusal.reason != kInvalidBlockList) return Fail(std::move(refusal));
    RAWHAUL_ASSIGN(const Owner owner, FindOwner(commit, stop));
    const bool may_be_ours = is_there && (commit.may_be_done || answer.attempts > 1);
    if (owner == Owner::kUs || (owner == Owner::kUnknown && may_be_ours)) return {};
    const std::string name = address_.prefix + std::string(commit.blob);
    if (refusal.reason == kBlobAlreadyExists) return Fail(NameIsTaken(name, refusal.reason));
    if (is_there) refusal.message = fmt::format("\"{}\": {}", name, refusal.message);
    return Fail(std::move(refusal));
  }

  Status Discard(std::string_view) override { return {}; }

 private:
  // Who made the blob that is there.
  enum class Owner { kUs, kAnother, kUnknown };

  // A list of `Committed` ids is carried out only where the blob was made of these very blocks, whose ids no
  // other has: then it stays what it is. A write-only SAS may ask nothing else. A list of no blocks would
  // always be carried out, and empty the blob.
  Result<Owner> FindOwner(const BlobCommit& commit, const std::stop_token& stop) {
    if (commit.blocks.empty()) return Owner::kUnknown;
    RAWHAUL_ASSIGN(const net::HttpResponse answer, SendBlockList(commit, BlockState::kCommitted, stop));
    if (answer.status == kCreated) return Owner::kUs;
    const Error refusal = ErrorOf(answer, address_.sas, Purpose::kWriteToContainer);
    return refusal.reason == kInvalidBlockList ? Owner::kAnother : Owner::kUnknown;
  }

  Result<net::HttpResponse> SendBlockList(const BlobCommit& commit, BlockState state,
                                          const std::stop_token& stop) {
    const std::string xml = BlockListXml(commit.blocks, state);
    net::HttpRequest request = PutBlockList(address_, commit.blob, xml, commit.properties);
    if (state == BlockState::kUncommitted) request.headers.emplace_back("If-None-Match", "*");
    request.stall_timeout = kCommitTimeout;
    return net::SendWithRetry(client_, request, retry_, timer_, stop, TellsOfDamage);
  }

  Status SendBlock(const net::HttpRequest& request, const BlockReceipt& block, const net::RetryPolicy& retry,
                   const std::stop_token& stop) {
    const auto arrived_damaged = [&](const net::HttpResponse& answer) {
      return ArrivedDamaged(answer, block);
    };
    RAWHAUL_ASSIGN(const net::HttpResponse answer,
                   net::SendWithRetry(client_, request, retry, timer_, stop, arrived_damaged));
    if (answer.status != kCreated) return Fail(ErrorOf(answer, address_.sas, Purpose::kWriteToContainer));
    if (ArrivedDamaged(answer, block)) return DamagedOnTheWay();
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
