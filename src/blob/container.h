// A place for exported files that belongs to the customer. Blobs become visible only by Commit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_parts.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/block_receipt.h"

namespace rawhaul {

struct BlobProperties {
  // "application/json". Content-Encoding is never set: a .gz is downloaded as a .gz.
  std::string content_type;
};

// How large blocks may be, and how many a blob may have.
struct ContainerLimits {
  uint32_t max_blocks = 0;
  uint64_t max_block_bytes = 0;
};

// A blob to be made out of staged blocks.
struct BlobCommit {
  std::string_view blob;
  std::span<const BlockReceipt> blocks;
  BlobProperties properties = {};
  // Whether an earlier call, of another process, too, may have made it of the same blocks. Then the storage's
  // refusal to replace the blob that is there counts as done, unless the storage tells that it is another's.
  bool may_be_done = false;
};

// Thread-safe. Blob names are relative to the URL's own path prefix and use '/'. Calls block; they return
// kCanceled soon after `stop`. Errors: kPermissionDenied (the SAS does not allow it or has ended), kNotFound
// (no such container), kUnavailable (retries used up), kResourceExhausted (the container is full); `reason`
// is the service's own code.
class Container {
 public:
  virtual ~Container() = default;

  // What the URL's path puts in front of every blob name within the container: "a/b/", or "".
  virtual const std::string& prefix() const = 0;

  // Proves that blobs can be written, without leaving anything visible.
  virtual Status CheckWritable(std::stop_token stop) = 0;
  virtual ContainerLimits limits() const = 0;

  // Stages a block for the place `index` of a blob. A block that has its receipt outlives a loss of power. A
  // block that is staged again has another receipt; the earlier one stays good. kInvalidArgument for an empty
  // block, kTooLarge beyond the limits.
  virtual Result<BlockReceipt> StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                                          std::stop_token stop) = 0;
  // Makes the blob out of its blocks, in this order, for good; zero blocks make an empty one. No blob is ever
  // replaced. The same may be committed again, by another process, too: the blob stays as it is. Errors:
  // kConflict with the reason kBlobAlreadyExists, or what else the service says, when another blob has the
  // name; kInvalidArgument with the reason kInvalidBlockList when a block is not there as it was staged.
  virtual Status Commit(const BlobCommit& commit, std::stop_token stop) = 0;
  // Forgets what is staged and not committed of the blobs "{stem}.…" and "{stem}_…", which nobody will commit
  // any more. Azure does so by itself after a week, and has no request for it.
  virtual Status Discard(std::string_view stem) = 0;
};

// Azure's own codes.
inline constexpr std::string_view kInvalidBlockList = "InvalidBlockList";
inline constexpr std::string_view kBlobAlreadyExists = "BlobAlreadyExists";

// What allows a destination. An address within our own network is good only for one that is listed.
enum class Grounds { kAzure, kListed };

// Which storage may be written to and read from.
class DestinationPolicy {
 public:
  // `allow`: origins ("http://127.0.0.1:10000"), or "file:///directory" trees, beside Azure's public and
  // sovereign "https://*.blob.core.*" hosts. One of these needs an entry where its name leads to a private
  // endpoint.
  explicit DestinationPolicy(std::vector<std::string> allow) : allow_(std::move(allow)) {}
  // kInvalidArgument, naming the first entry of `allow` that is neither form; for the start of the program.
  Status Validate() const;
  // kInvalidArgument, with a reason of blob/reasons.h and a message that names the host, never the query.
  Result<Grounds> Check(const Secret& storage) const;

 private:
  std::vector<std::string> allow_;
};

// Makes containers out of their URLs. Thread-safe.
class ContainerFactory {
 public:
  virtual ~ContainerFactory() = default;
  // kInvalidArgument with what is wrong (not a container URL, host not allowed, no SAS, no `w` permission,
  // expired) and a reason of blob/reasons.h; no request is made. The error holds nothing of the query.
  virtual Result<std::unique_ptr<Container>> Open(const Secret& container_url) = 0;
  // Where the URL leads, without what gives access: equal for the same container and path. For URLs that
  // could be opened once, whether or not their SAS has ended.
  virtual Result<std::string> PlaceOf(const Secret& container_url) = 0;
};

}  // namespace rawhaul
