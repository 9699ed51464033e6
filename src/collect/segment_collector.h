// The way in for the clients of Segment (docs/segment.md): their messages become batches of the Collector.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "collect/collector.h"
#include "collect/segment/body_parser.h"
#include "store/device_store.h"

namespace rawhaul {

struct SegmentOptions {
  CollectLimits limits;
  // How long the end of a job waits for its beginning, which may be in another request that is under way or
  // comes again. So long its request is not answered: the clients give up after ten seconds or later.
  std::chrono::milliseconds patience{5000};
};

struct SegmentOutcome {
  size_t accepted = 0;  // messages
  segment::RejectedMessages rejected;
};

// Thread-safe. Every message is a batch of its own, known by its messageId, so that it is stored once however
// a client puts messages together when it sends them again. The messages of a request are taken in the order
// of their times.
class SegmentCollector {
 public:
  using Done = std::function<void(Result<SegmentOutcome>)>;
  // Runs a job on a thread that may wait for the disk.
  using Run = std::function<void(std::function<void()>)>;

  // All must outlive it and the requests under way. Extras may be larger than the limits say: the SDKs limit
  // a message to 32 KB.
  SegmentCollector(Collector& collector, const DeviceStore& devices, const Clock& clock,
                   const SegmentOptions& options);
  ~SegmentCollector();

  // `type`: of the body's only message, "track"; empty: the body is a batch of any. Errors are those of
  // BodyParser.
  Result<segment::Body> Parse(std::string_view type, std::string_view json);

  // Messages that need what is stored read, ends of jobs and aliases, are taken by `run`; others at once.
  // Calls `done` once, as Collector::Collect does: when all good messages are stored, or with the first error
  // that is none of theirs; then some may be stored, and the request must be sent again.
  void Collect(uint32_t app, std::string_view type, segment::Body body, const Run& run, Done done);
  // From now on no message waits for another. Before the collector's Stop.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
