// A place for exported files that belongs to the customer. Blobs become visible only by Commit.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_parts.h"
#include "base/result.h"
#include "base/secret.h"

namespace rawhaul {

struct BlobProperties {
  // "application/json". Content-Encoding is never set: a .gz is downloaded as a .gz.
  std::string content_type;
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
  // Stages the block number `index` of a blob. Staging the same one again replaces it. A block has 1 to
  // kMaxBlockBytes bytes.
  virtual Status StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                            std::stop_token stop) = 0;
  // Makes the blob out of its blocks 0 to `blocks` - 1; it replaces one of that name. Zero blocks make an
  // empty blob. kInvalidArgument with the reason kInvalidBlockList when a block is missing. The same may be
  // committed again, by another process, too: the blob stays as it is.
  virtual Status Commit(std::string_view blob, uint32_t blocks, const BlobProperties& properties,
                        std::stop_token stop) = 0;
  // Forgets what is staged and not committed of the blobs "{stem}.…" and "{stem}_…", which nobody will commit
  // any more. Azure does so by itself after a week, and has no request for it.
  virtual Status Discard(std::string_view stem) = 0;
};

// Azure's own code.
inline constexpr std::string_view kInvalidBlockList = "InvalidBlockList";

// Limits of Azure block blobs (Put Block, version 2019-12-12 and later), kept for every container.
inline constexpr uint32_t kMaxBlocksPerBlob = 50000;
inline constexpr uint64_t kMaxBlockBytes = uint64_t{4000} << 20;

// Which storage may be written to and read from.
class DestinationPolicy {
 public:
  // `allow`: origins ("http://127.0.0.1:10000"), or "file:///directory" trees, beside Azure's public and
  // sovereign "https://*.blob.core.*" hosts. One of these needs an entry where its name leads to a private
  // endpoint.
  explicit DestinationPolicy(std::vector<std::string> allow) : allow_(std::move(allow)) {}
  // kInvalidArgument, naming the first entry of `allow` that is neither form; for the start of the program.
  Status Validate() const;
  // What allows a destination. An address within our own network is good only for one that is listed.
  enum class Grounds { kAzure, kListed };
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
