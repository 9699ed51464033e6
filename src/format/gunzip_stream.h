// Unpacking of gzip that comes in parts.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// One or more members, as a whole. Used by one thread. Errors of the data are kInvalidArgument.
class GunzipStream {
 public:
  // Gets what was unpacked, in parts of at most 64 KiB.
  using Sink = std::function<Status(std::string_view)>;

  GunzipStream();
  ~GunzipStream();
  // Returns the first error of `sink`.
  Status Feed(std::string_view gzip, const Sink& sink);
  // Unpacks what is held back. An error when the data ended within a member.
  Status Finish(const Sink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
