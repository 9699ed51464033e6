#include "collect/collector.h"

#include <atomic>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "collect/context_cache.h"
#include "collect/group_committer.h"
#include "collect/ingest_builder.h"

namespace rawhaul {
namespace {

// As many parsers as threads that parse at once.
class ParserPool {
 public:
  explicit ParserPool(const CollectLimits& limits) : limits_(limits) {}

  Result<CollectedBatch> Parse(std::string_view json) {
    auto parser = Take();
    auto batch = parser->Parse(json);
    const MutexLock lock(mutex_);
    idle_.push_back(std::move(parser));
    return batch;
  }

 private:
  std::unique_ptr<BatchParser> Take() {
    const MutexLock lock(mutex_);
    if (idle_.empty()) return std::make_unique<BatchParser>(limits_);
    auto parser = std::move(idle_.back());
    idle_.pop_back();
    return parser;
  }

  const CollectLimits limits_;
  Mutex mutex_;
  std::vector<std::unique_ptr<BatchParser>> idle_ RAWHAUL_GUARDED_BY(mutex_);
};

// The last word of the batch on its user; a deleted one is an empty one.
std::optional<std::string> UserOf(const CollectedBatch& batch) {
  for (auto tag = batch.tags.rbegin(); tag != batch.tags.rend(); ++tag) {
    if (tag->first == kUserIdTag) return tag->second.value_or("");
  }
  return std::nullopt;
}

enum class Source { kDevice, kHistory };

Timestamp EffectiveTime(const CollectedBatch& batch, Timestamp received, Source source) {
  const bool sent_before = batch.sent_at && *batch.sent_at <= received;
  return source == Source::kHistory && sent_before ? *batch.sent_at : received;
}

}  // namespace

struct Collector::Impl {
  Impl(Stores& stores, const Clock& clock_in, const CollectOptions& options)
      : clock(clock_in),
        parsers(options.limits),
        contexts(stores.devices(), options.context_cache_devices),
        committer(stores.ingest(), options.max_queued_bytes) {}

  void Parse(uint32_t app, std::string_view json, Source source, Done done) {
    auto batch = parsers.Parse(json);
    if (!batch) return done(Fail(std::move(batch).error()));
    Take(app, *batch, json.size(), source, nullptr, std::move(done));
  }

  void Take(uint32_t app, CollectedBatch& batch, size_t bytes, Source source, const Complete& complete,
            Done done) {
    const Timestamp received = clock.Now();
    const BatchTimes times{received, EffectiveTime(batch, received, source)};
    const DeviceReport report{batch.info, batch.location, UserOf(batch), times.effective};
    ContextCache::Remember remember;
    if (complete) remember = [&](std::string& memory) { complete(memory, batch); };
    auto resolved = contexts.Resolve(app, batch.device_id, report, remember);
    if (!resolved) return done(Fail(std::move(resolved).error()));

    const bool old = source == Source::kHistory && resolved->is_old;
    Work work{{batch.accepted(), std::move(batch.rejected)},
              std::move(resolved->ticket),
              old ? ContextCache::Fate::kDurableOld : ContextCache::Fate::kDurable,
              std::move(done)};
    const size_t weight = WeightOf(batch, bytes);
    DeviceContext& context = resolved->context;
    IngestBatch ingest = MakeIngestBatch(app, batch, context, times);
    if (resolved->memory_changed) ingest.device.SetMemory(std::move(context.memory), context.memory_time);
    Submit(std::move(ingest), weight, std::move(work));
  }

  // What is left to do when a batch has been written.
  struct Work {
    CollectOutcome outcome;
    ContextCache::Ticket ticket;
    ContextCache::Fate fate;
    Done done;
  };

  void Submit(IngestBatch batch, size_t weight, Work work) {
    const auto shared = std::make_shared<Work>(std::move(work));
    const Status taken = committer.Submit(
        std::move(batch), weight, [this, shared](const BatchOutcome& outcome) { Finish(*shared, outcome); });
    if (!taken) Finish(*shared, {BatchFate::kRefused, taken.error()});
  }

  void Finish(Work& work, const BatchOutcome& outcome) {
    const bool is_stored = outcome.fate == BatchFate::kStored;
    contexts.Settle(work.ticket, is_stored ? work.fate : ContextCache::Fate::kLost);
    if (!outcome.is_done()) return work.done(Fail(outcome.error));
    batches.fetch_add(1, std::memory_order_relaxed);
    accepted.fetch_add(work.outcome.accepted, std::memory_order_relaxed);
    rejected.fetch_add(work.outcome.rejected.size(), std::memory_order_relaxed);
    work.done(std::move(work.outcome));
  }

  const Clock& clock;
  ParserPool parsers;
  ContextCache contexts;
  std::atomic<uint64_t> batches{0};
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> rejected{0};
  GroupCommitter committer;  // last: its thread uses the members above
};

Collector::Collector(Stores& stores, const Clock& clock, const CollectOptions& options)
    : impl_(std::make_unique<Impl>(stores, clock, options)) {}
Collector::~Collector() = default;

void Collector::Collect(uint32_t app, std::string_view json, Done done) {
  impl_->Parse(app, json, Source::kDevice, std::move(done));
}

void Collector::Collect(uint32_t app, CollectedBatch batch, size_t bytes, Done done) {
  impl_->Take(app, batch, bytes, Source::kDevice, nullptr, std::move(done));
}

void Collector::CollectHistory(uint32_t app, std::string_view json, Done done) {
  impl_->Parse(app, json, Source::kHistory, std::move(done));
}

Result<std::string> Collector::Recall(uint32_t app, const Guid& device) {
  const FieldValues nothing;
  RAWHAUL_ASSIGN(auto resolved, impl_->contexts.Resolve(app, device, {nothing, nothing, {}, {}}));
  impl_->contexts.Settle(resolved.ticket, ContextCache::Fate::kDurable);
  return std::move(resolved.context.memory);
}

void Collector::CollectHistory(uint32_t app, CollectedBatch batch, size_t bytes, const Complete& complete,
                               Done done) {
  impl_->Take(app, batch, bytes, Source::kHistory, complete, std::move(done));
}

CollectCounters Collector::counters() const { return {impl_->batches, impl_->accepted, impl_->rejected}; }

void Collector::CountRejected(size_t records) { impl_->rejected += records; }

void Collector::Stop() { impl_->committer.Stop(); }

}  // namespace rawhaul
