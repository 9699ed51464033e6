#include "collect/collector.h"

#include <atomic>
#include <utility>

#include "base/mutex.h"
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

enum class Source { kDevice, kHistory };

Timestamp EffectiveTime(const CollectedBatch& batch, Timestamp received, Source source) {
  const bool sent_before = batch.sent_at && *batch.sent_at <= received;
  return source == Source::kHistory && sent_before ? *batch.sent_at : received;
}

}  // namespace

struct Collector::Impl {
  Impl(Stores& stores_in, const Clock& clock_in, const CollectOptions& options)
      : stores(stores_in),
        clock(clock_in),
        parsers(options.limits),
        committer(stores_in.ingest(), options.max_queued_bytes) {}

  void Parse(uint32_t app, std::string_view json, Source source, Done done) {
    auto batch = parsers.Parse(json);
    if (!batch) return done(Fail(std::move(batch).error()));
    Take(app, *batch, source, std::move(done));
  }

  void Take(uint32_t app, CollectedBatch& batch, Source source, Done done) {
    GroupCommitter::Submission one = Prepare(app, batch, source, nullptr, std::move(done));
    Submit(std::span(&one, 1));
  }

  void TakeHistory(uint32_t app, std::vector<HistoryBatch> all) {
    std::vector<GroupCommitter::Submission> submissions;
    submissions.reserve(all.size());
    for (HistoryBatch& next : all) {
      HistoryBatch one = std::move(next);
      Done done = [end = std::move(one.done)](const Result<CollectOutcome>& outcome) {
        end(outcome ? Status() : Status(Fail(outcome.error())));
      };
      submissions.push_back(Prepare(app, one.batch, Source::kHistory, one.complete, std::move(done)));
    }
    Submit(submissions);
  }

  GroupCommitter::Submission Prepare(uint32_t app, CollectedBatch& batch, Source source,
                                     const CompleteRecords& complete, Done done) {
    const Timestamp received = clock.Now();
    CollectOutcome outcome{batch.accepted(), std::move(batch.rejected)};
    IngestBatch ingest =
        MakeIngestBatch(app, batch, {received, EffectiveTime(batch, received, source)}, complete);
    return {std::move(ingest),
            [this, outcome = std::move(outcome), done = std::move(done)](const BatchOutcome& stored) mutable {
              Finish(std::move(outcome), stored, done);
            }};
  }

  void Submit(std::span<GroupCommitter::Submission> submissions) {
    const Status taken = committer.Submit(submissions);
    if (taken) return;
    for (const GroupCommitter::Submission& one : submissions) one.done({BatchFate::kRefused, taken.error()});
  }

  void Finish(CollectOutcome outcome, const BatchOutcome& stored, const Done& done) {
    if (!stored.is_done()) return done(Fail(stored.error));
    if (stored.fate == BatchFate::kStored) {
      batches.fetch_add(1, std::memory_order_relaxed);
      accepted.fetch_add(outcome.accepted, std::memory_order_relaxed);
      rejected.fetch_add(outcome.rejected.size(), std::memory_order_relaxed);
    }
    done(std::move(outcome));
  }

  const Stores& stores;
  const Clock& clock;
  ParserPool parsers;
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

void Collector::Collect(uint32_t app, CollectedBatch batch, Done done) {
  impl_->Take(app, batch, Source::kDevice, std::move(done));
}

void Collector::CollectHistory(uint32_t app, std::string_view json, Done done) {
  impl_->Parse(app, json, Source::kHistory, std::move(done));
}

void Collector::CollectHistory(uint32_t app, std::vector<HistoryBatch> batches) {
  impl_->TakeHistory(app, std::move(batches));
}

Result<std::string> Collector::Recall(uint32_t app, const Guid& device) const {
  return impl_->stores.memories().Find(app, device);
}

CollectCounters Collector::counters() const { return {impl_->batches, impl_->accepted, impl_->rejected}; }

void Collector::CountRejected(size_t records) { impl_->rejected += records; }

void Collector::Stop() { impl_->committer.Stop(); }

}  // namespace rawhaul
