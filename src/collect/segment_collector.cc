#include "collect/segment_collector.h"

#include <algorithm>
#include <atomic>
#include <map>
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

void SortByIndex(std::vector<Rejection>& rejected) {
  std::sort(rejected.begin(), rejected.end(),
            [](const Rejection& a, const Rejection& b) { return a.index < b.index; });
}

// One request until it is answered. Shared with the callbacks of its messages.
class RequestUnderWay {
 public:
  RequestUnderWay(SegmentOutcome outcome, SegmentCollector::Done done)
      : outcome_(std::move(outcome)), done_(std::move(done)) {}

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
      refused_.try_emplace(index, status.error());
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
    MutexLock lock(mutex_);
    const auto failure = failure_;
    for (const auto& [index, error] : refused_) outcome_.rejected.push_back({index, error});
    outcome_.accepted -= refused_.size();
    lock.unlock();
    SortByIndex(outcome_.rejected);
    done_(failure ? Result<SegmentOutcome>(rawhaul::Fail(*failure)) : std::move(outcome_));
  }

  std::atomic<size_t> under_way_ = 1;  // who begins counts, too
  mutable Mutex mutex_;
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
  std::map<size_t, Error> refused_ RAWHAUL_GUARDED_BY(mutex_);
  // Below: used by one thread at a time.
  SegmentOutcome outcome_;
  const SegmentCollector::Done done_;
  std::function<void()> next_;
};
using RequestPtr = std::shared_ptr<RequestUnderWay>;

// Calls Collector as often as there are batches.
Collector::Done EndOf(const RequestPtr& request, const MappedMessage& message) {
  return [request, index = message.index](const Result<CollectOutcome>& outcome) {
    request->End(index, outcome ? Status() : Status(Fail(outcome.error())));
  };
}

// The device whose own id `id` is.
Guid DeviceOf(const std::string& id) { return ParseGuid(id).value_or(NameBasedGuid(id)); }

CollectLimits WithRoom(CollectLimits limits) {
  constexpr size_t kExtrasBytes = 64 << 10;
  limits.max_extras_bytes = std::max(limits.max_extras_bytes, kExtrasBytes);
  return limits;
}

}  // namespace

struct SegmentCollector::Impl {
  std::vector<MappedMessage> MapAll(const SegmentCall& call, const segment::Body& body,
                                    SegmentOutcome& outcome) {
    const Timestamp received = clock.Now();
    const segment::Times times{received, segment::SkewOf(body.sent_at, received)};
    std::vector<MappedMessage> mapped;
    mapped.reserve(body.messages.size());
    outcome.rejected = body.rejected;
    for (const segment::Message& message : body.messages) {
      auto one = segment::Map(message, call.type, times, limits);
      if (one) {
        mapped.push_back(*std::move(one));
      } else {
        outcome.rejected.push_back({message.index, std::move(one).error()});
      }
    }
    outcome.accepted = mapped.size();
    segment::PutInOrder(mapped);
    return mapped;
  }

  // The end of a job may come before its beginning.
  void Take(uint32_t app, MappedMessage message, size_t bytes, const RequestPtr& request) {
    request->Begin();
    if (!LacksStart(app, message)) return Submit(app, message, bytes, request);
    const auto shared = std::make_shared<MappedMessage>(std::move(message));
    waiting.Wait([this, app, shared] { return !LacksStart(app, *shared); },
                 [this, app, shared, bytes, request] { Submit(app, *shared, bytes, request); });
  }

  // What cannot be read now will tell so when it is submitted.
  bool LacksStart(uint32_t app, const MappedMessage& message) {
    if (message.sequel != segment::Sequel::kJobFinished) return false;
    const auto memory = collector.Recall(app, message.batch->device_id);
    return memory && segment::LacksStart(message, message.batch->device_id, *memory);
  }

  void Submit(uint32_t app, MappedMessage& message, size_t bytes, const RequestPtr& request) {
    CollectedBatch batch = *std::exchange(message.batch, std::nullopt);
    const auto complete = [&](std::string& memory, CollectedBatch& own) {
      segment::Complete(message, memory, own);
    };
    collector.CollectHistory(app, std::move(batch), bytes, complete, EndOf(request, message));
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

  void Rebind(uint32_t app, const MappedMessage& message, const RequestPtr& request) {
    const auto found = DevicesOf(app, message.alias->previous);
    if (!found) return request->Fail(found.error());
    for (const Guid& device : *found) {
      CollectedBatch batch;
      batch.device_id = device;
      batch.from_device = false;
      batch.sent_at = message.time;
      batch.tags.emplace_back(kUserIdTag, message.alias->user);
      if (!message.message_id.empty()) batch.batch_id = segment::AliasBatchId(message.message_id, device);
      request->Begin();
      collector.CollectHistory(app, std::move(batch), message.alias->user.size(), nullptr,
                               EndOf(request, message));
    }
  }

  // Users are known by what is stored, so aliases come behind the messages that they came with.
  void RebindLater(uint32_t app, std::vector<MappedMessage> aliases, const Run& run,
                   const RequestPtr& request) {
    const auto shared = std::make_shared<const std::vector<MappedMessage>>(std::move(aliases));
    request->Then([this, app, shared, run, request] {
      run([this, app, shared, request] {
        for (const MappedMessage& alias : *shared) Rebind(app, alias, request);
        request->End({});
      });
    });
  }

  Collector& collector;
  const DeviceStore& devices;
  const Clock& clock;
  const CollectLimits limits;
  segment::WaitingRoom waiting;  // last: its thread uses the members above
};

SegmentCollector::SegmentCollector(Collector& collector, const DeviceStore& devices, const Clock& clock,
                                   const SegmentOptions& options)
    : impl_(new Impl{collector, devices, clock, WithRoom(options.limits),
                     segment::WaitingRoom(options.patience)}) {}
SegmentCollector::~SegmentCollector() = default;

Result<segment::Body> SegmentCollector::Parse(const SegmentCall& call, std::string_view json) {
  thread_local segment::BodyParser parser;
  return call.type.empty() ? parser.ParseBatch(json) : parser.ParseMessage(json);
}

void SegmentCollector::Collect(uint32_t app, const SegmentCall& call, const segment::Body& body,
                               size_t json_bytes, const Run& run, Done done) {
  SegmentOutcome outcome;
  auto messages = impl_->MapAll(call, body, outcome);
  impl_->collector.CountRejected(outcome.rejected.size());
  const size_t bytes = messages.empty() ? 0 : json_bytes / messages.size();
  const auto request = std::make_shared<RequestUnderWay>(std::move(outcome), std::move(done));
  std::vector<MappedMessage> aliases;
  for (MappedMessage& message : messages) {
    if (request->has_failed()) break;  // the others come again, too
    if (message.alias) aliases.push_back(message);
    if (message.batch) impl_->Take(app, std::move(message), bytes, request);
  }
  if (!aliases.empty()) impl_->RebindLater(app, std::move(aliases), run, request);
  request->End({});
}

void SegmentCollector::Stop() { impl_->waiting.Stop(); }

}  // namespace rawhaul
