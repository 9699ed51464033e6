// A blob that belongs to the customer, to be read.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace rawhaul {

// Used by one thread. Calls block; they return kCanceled soon after `stop`. Errors: kPermissionDenied (the
// SAS does not allow it or has ended), kNotFound, kConflict (the blob was changed while it was read),
// kUnavailable (retries used up); `reason` is the service's own code.
class BlobSource {
 public:
  virtual ~BlobSource() = default;

  // Proves that the blob can be read, in little time.
  virtual Status CheckReadable(std::stop_token stop) = 0;
  // The next bytes, at most kMaxPartBytes; empty at the end.
  virtual Result<std::string> Read(std::stop_token stop) = 0;

  static constexpr size_t kMaxPartBytes = size_t{4} << 20;
};

// Makes sources out of URLs. Thread-safe.
class BlobSourceFactory {
 public:
  virtual ~BlobSourceFactory() = default;
  // kInvalidArgument with what is wrong (not the URL of a blob, host not allowed, no SAS, no `r` permission,
  // expired) and a reason of blob/reasons.h; no request is made. The error holds nothing of the query.
  virtual Result<std::unique_ptr<BlobSource>> Open(const Secret& storage_url) = 0;
};

}  // namespace rawhaul
