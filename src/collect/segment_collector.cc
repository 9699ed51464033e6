#include "collect/segment_collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "collect/segment/ids.h"
#include "collect/segment/mapping.h"
#include "collect/segment/order.h"
#include "collect/segment/sequel.h"
#include "collect/segment/waiting_room.h"

namespace rawhaul {
namespace {

using segment::MappedMessage;

// One request until it is answered. Shared with the callbacks of its messages.
class RequestUnderWay {
 public:
  RequestUnderWay(SegmentOutcome outcome, SegmentCollector::Done done)
      : messages_(outcome.accepted + outcome.rejected.size()),
        outcome_(std::move(outcome)),
        done_(std::move(done)) {}

  void Begin() { ++under_way_; }
  // Of a message, or of who began. The last one calls what `Then` was given, or answers.
  void End(const Status& status) {
    if (!status) Fail(status.error());
    if (--under_way_ == 0) Finish();
  }
  // Of the message `index`. One that its device cannot have is refused by itself.
  void End(size_t index, const Status& status) {
    if (status || status.error().code != ErrorCode::kInvalidArgument) return End(status);
    {
      const MutexLock lock(mutex_);
      outcome_.rejected.Add(index, status.error());
    }
    End({});
  }
  void Fail(const Error& error) {
    const MutexLock lock(mutex_);
    if (!failure_) failure_ = error;
  }
  bool has_failed() const {
    const MutexLock lock(mutex_);
    return failure_.has_value();
  }
  // What is to be done when all that was begun so far has been stored; it has to call End.
  void Then(std::function<void()> next) { next_ = std::move(next); }

 private:
  void Finish() {
    if (next_ && !has_failed()) {
      Begin();
      return std::exchange(next_, nullptr)();
    }
    next_ = nullptr;
    done_(TakeOutcome());
  }

  Result<SegmentOutcome> TakeOutcome() {
    const MutexLock lock(mutex_);
    if (failure_) return rawhaul::Fail(*failure_);
    outcome_.accepted = messages_ - outcome_.rejected.size();
    return std::move(outcome_);
  }

  std::atomic<size_t> under_way_ = 1;  // who begins counts, too
  const size_t messages_;
  mutable Mutex mutex_;
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
  SegmentOutcome outcome_ RAWHAUL_GUARDED_BY(mutex_);
  // Below: used by one thread at a time.
  const SegmentCollector::Done done_;
  std::function<void()> next_;
};
using RequestPtr = std::shared_ptr<RequestUnderWay>;

std::function<void(const Status&)> EndOf(const RequestPtr& request, const MappedMessage& message) {
  return [request, index = message.index](const Status& status) { request->End(index, status); };
}

// The device whose own id `id` is.
Guid DeviceOf(const std::string& id) { return ParseGuid(id).value_or(NameBasedGuid(id)); }

// What a request of a few bytes an alias may change. Those that were done find nothing to do when it is sent
// again.
constexpr size_t kMaxRebound = 10'000;
constexpr size_t kAliasesAtOnce = 100;
constexpr size_t kReboundAtOnce = 500;
Status TooMuchAtOnce() {
  return Fail(ErrorCode::kResourceExhausted,
              fmt::format("the aliases of the request change more than {} devices; some are done, and the "
                          "others will be when it is sent again",
                          kMaxRebound),
              "TooBusy");
}

// An end of a job looks for its beginning in what is stored.
bool RecallsMemory(const MappedMessage& message) {
  return message.batch && message.sequel == segment::Sequel::kJobFinished;
}

CollectLimits WithRoom(CollectLimits limits) {
  constexpr size_t kExtrasBytes = 64 << 10;
  limits.max_extras_bytes = std::max(limits.max_extras_bytes, kExtrasBytes);
  return limits;
}

}  // namespace

struct SegmentCollector::Impl {
  // A message is gone when it is mapped: a request of many small members takes far more memory than it is
  // long.
  std::vector<MappedMessage> MapAll(std::string_view type, segment::Body body, SegmentOutcome& outcome) {
    const Timestamp received = clock.Now();
    const segment::Times times{received, segment::SkewOf(body.sent_at, received)};
    std::vector<MappedMessage> mapped;
    mapped.reserve(body.messages.size());
    outcome.rejected = std::move(body.rejected);
    for (segment::Message& as_sent : body.messages) {
      const segment::Message message = std::move(as_sent);
      auto one = segment::Map(message, type, times, limits);
      if (one) {
        mapped.push_back(*std::move(one));
      } else {
        outcome.rejected.Add(message.index, one.error());
      }
    }
    outcome.accepted = mapped.size();
    segment::PutInOrder(mapped);
    return mapped;
  }

  // A message as the collector takes it. The beginning of a job lets an end go that waits for it.
  Collector::HistoryBatch ToBatch(uint32_t app, MappedMessage& message, const RequestPtr& request) const {
    request->Begin();
    const segment::Step step = segment::StepOf(message);
    Collector::HistoryBatch batch{*std::move(message.batch), nullptr, EndOf(request, message)};
    if (step.sequel != segment::Sequel::kNone) {
      batch.complete = [step](std::string& memory, std::vector<Record>& records) {
        segment::Complete(step, memory, records);
      };
    }
    if (step.sequel == segment::Sequel::kJobStarted) {
      batch.done = [room = waiting, app, step, end = std::move(batch.done)](const Status& status) {
        if (status) room->Come({app, step.job_key}, step.time);
        end(status);
      };
    }
    return batch;
  }

  // The end of a job may come before its beginning. False when there is nothing to wait for.
  bool WaitForStart(uint32_t app, const segment::Step& step, Collector::HistoryBatch& batch) {
    const auto shared = std::make_shared<Collector::HistoryBatch>(std::move(batch));
    // What cannot be read now will tell so when it is submitted.
    const auto has_come = [this, app, &step] {
      const auto memory = collector.Recall(app, step.device);
      return !memory || segment::HasStart(step, *memory);
    };
    const auto go = [this, app, shared] {
      std::vector<Collector::HistoryBatch> alone;
      alone.push_back(std::move(*shared));
      collector.CollectHistory(app, std::move(alone));
    };
    if (waiting->Wait({app, step.job_key}, step.time, has_come, go)) return true;
    batch = std::move(*shared);
    return false;
  }

  // In the order of their times.
  void TakeAll(uint32_t app, std::vector<MappedMessage>& messages, const RequestPtr& request) {
    std::vector<Collector::HistoryBatch> together;
    std::map<Guid, size_t> started;  // jobs, by the messages before
    for (MappedMessage& message : messages) {
      if (!message.batch) continue;
      const segment::Step step = segment::StepOf(message);
      Collector::HistoryBatch batch = ToBatch(app, message, request);
      if (step.sequel == segment::Sequel::kJobStarted) ++started[step.job_key];
      if (step.sequel == segment::Sequel::kJobFinished) {
        const auto start = started.find(step.job_key);
        const bool has_start = start != started.end() && start->second > 0;
        if (has_start) --start->second;
        if (!has_start && WaitForStart(app, step, batch)) continue;
      }
      together.push_back(std::move(batch));
    }
    if (!together.empty()) collector.CollectHistory(app, std::move(together));
  }

  // The devices that the user was seen at, and the one whose own id it is: a person who was anonymous before
  // is aliased by the anonymousId.
  Result<std::vector<Guid>> DevicesOf(uint32_t app, const std::string& user) {
    RAWHAUL_ASSIGN(std::vector<Guid> found, devices.FindByUser(app, user));
    for (const Guid& device : {DeviceOf(user), segment::UserDeviceId(user)}) {
      RAWHAUL_ASSIGN(const auto known, devices.Find(app, device));
      if (known && std::find(found.begin(), found.end(), device) == found.end()) found.push_back(device);
    }
    return found;
  }

  // Of how many devices it was.
  size_t Rebind(uint32_t app, const MappedMessage& message, const RequestPtr& request) {
    const auto found = DevicesOf(app, message.alias->previous);
    if (!found) {
      request->Begin();
      EndOf(request, message)(Fail(found.error()));
      return 0;
    }
    std::vector<Collector::HistoryBatch> batches;
    for (const Guid& device : *found) {
      CollectedBatch batch;
      batch.device_id = device;
      batch.from_device = false;
      batch.sent_at = message.time;
      batch.tags.emplace_back(kUserIdTag, message.alias->user);
      if (!message.message_id.empty()) batch.batch_id = segment::AliasBatchId(message.message_id, device);
      request->Begin();
      batches.push_back({std::move(batch), nullptr, EndOf(request, message)});
    }
    const size_t rebound = batches.size();
    collector.CollectHistory(app, std::move(batches));
    return rebound;
  }

  // Of one request.
  struct Aliases {
    uint32_t app;
    std::vector<MappedMessage> messages;
    Run run;
    size_t next = 0;
    size_t rebound = 0;  // devices
  };

  // Users are known by what is stored, so aliases come behind the messages that they came with.
  void RebindLater(uint32_t app, std::vector<MappedMessage> messages, const Run& run,
                   const RequestPtr& request) {
    const auto aliases = std::make_shared<Aliases>(Aliases{app, std::move(messages), run});
    request->Then([this, aliases, request] { RebindSome(aliases, request); });
  }

  // Some at once, each lot when the one before is stored: others have their turn in between, and the request
  // has no more in the collector's queue than that.
  void RebindSome(const std::shared_ptr<Aliases>& aliases, const RequestPtr& request) {
    if (aliases->next == aliases->messages.size()) return request->End({});
    if (aliases->rebound >= kMaxRebound) return request->End(TooMuchAtOnce());
    aliases->run([this, aliases, request] {
      const size_t last = std::min(aliases->next + kAliasesAtOnce, aliases->messages.size());
      size_t rebound = 0;
      while (aliases->next < last && rebound < kReboundAtOnce)
        rebound += Rebind(aliases->app, aliases->messages[aliases->next++], request);
      aliases->rebound += rebound;
      request->Then([this, aliases, request] { RebindSome(aliases, request); });
      request->End({});
    });
  }

  Collector& collector;
  const DeviceStore& devices;
  const Clock& clock;
  const CollectLimits limits;
  // Its thread uses the members above; batches that are still being stored share it.
  const std::shared_ptr<segment::WaitingRoom> waiting;
};

SegmentCollector::SegmentCollector(Collector& collector, const DeviceStore& devices, const Clock& clock,
                                   const SegmentOptions& options)
    : impl_(new Impl{collector, devices, clock, WithRoom(options.limits),
                     std::make_shared<segment::WaitingRoom>(options.patience)}) {}
SegmentCollector::~SegmentCollector() { Stop(); }

Result<segment::Body> SegmentCollector::Parse(std::string_view type, std::string_view json) {
  thread_local segment::BodyParser parser;
  return type.empty() ? parser.ParseBatch(json) : parser.ParseMessage(json);
}

void SegmentCollector::Collect(uint32_t app, std::string_view type, segment::Body body, const Run& run,
                               Done done) {
  SegmentOutcome outcome;
  auto messages = impl_->MapAll(type, std::move(body), outcome);
  impl_->collector.CountRejected(outcome.rejected.size());
  const auto request = std::make_shared<RequestUnderWay>(std::move(outcome), std::move(done));
  std::vector<MappedMessage> aliases;
  for (const MappedMessage& message : messages) {
    if (message.alias) aliases.push_back(message);
  }
  if (!aliases.empty()) impl_->RebindLater(app, std::move(aliases), run, request);
  const bool recalls = std::any_of(messages.begin(), messages.end(), RecallsMemory);
  const auto shared = std::make_shared<std::vector<MappedMessage>>(std::move(messages));
  const auto take = [this, app, shared, request] {
    impl_->TakeAll(app, *shared, request);
    request->End({});
  };
  if (recalls) return run(take);
  take();
}

void SegmentCollector::Stop() { impl_->waiting->Stop(); }

}  // namespace rawhaul
