#include "exporter/session_deriver.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "model/wire.h"

namespace rawhaul {
namespace {

// A time that can be stored, as those of records are.
Timestamp EndOf(const RecordRow& activity) {
  const int64_t start = ToMillis(activity.time);
  return FromMillis(start +
                    std::clamp<int64_t>(activity.duration_ms.value_or(0), 0, wire::kMaxMillis - start));
}

// What an entry of the heap costs beside its bytes.
constexpr uint64_t kHeapEntryBytes = 16;

// Of the heap; a short text lies within the string.
uint64_t BytesOf(const std::string& text) {
  static const size_t inside = std::string().capacity();
  return text.capacity() <= inside ? 0 : text.capacity() + kHeapEntryBytes;
}

uint64_t BytesOf(const DerivedSession& session) {
  return sizeof(DerivedSession) + kHeapEntryBytes + BytesOf(session.user_id);
}

// The finalizer of splitmix64: every bit of the result depends on every one of the word.
uint64_t Mix(uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

// The same in every build: a run that goes on in another one meets the same shares.
uint64_t HashOf(const SessionKey& key) {
  uint64_t hash = 0;
  for (const uint64_t word : std::bit_cast<std::array<uint64_t, 4>>(key)) hash = Mix(hash ^ word) + word;
  return hash;
}

}  // namespace

bool SessionShare::Has(const SessionKey& key) const {
  return bits == 0 || HashOf(key) << (64 - bits) == value << (64 - bits);
}

size_t SessionDeriver::KeyHash::operator()(const SessionKey& key) const { return HashOf(key); }

void SessionDeriver::AddActivity(const RecordBatchHead& head, const RecordRow& row, const RecordId& id,
                                 DerivedSession& session) {
  session.start = std::min(session.start, row.time);
  session.end = std::max(session.end, EndOf(row));
  if (id > session.activity) return;
  session.activity = id;
  session.received_at = head.received_at;
  session.info_id = head.info_id;
  session.location_id = head.location_id;
  bytes_ -= BytesOf(session.user_id);
  session.user_id = head.user_id.json;
  bytes_ += BytesOf(session.user_id);
  session.user_id_is_plain = head.user_id.plain;
}

// Chains that went on since move to the hour of their last record.
SessionDeriver::Chains::value_type* SessionDeriver::PopEnded(Hour next) {
  while (!by_hour_.empty() && by_hour_.begin()->first + kSessionGapHours < next) {
    const auto oldest = by_hour_.begin();
    while (!oldest->second.empty()) {
      Chains::value_type* const entry = oldest->second.front();
      oldest->second.pop_front();
      if (entry->second.last_hour == oldest->first) return entry;
      by_hour_[entry->second.last_hour].push_back(entry);
    }
    by_hour_.erase(oldest);
  }
  return nullptr;
}

std::optional<DerivedSession> SessionDeriver::TakeEnded(Hour next) {
  while (Chains::value_type* const ended = PopEnded(next)) {
    const std::unique_ptr<DerivedSession> due = std::move(ended->second.due);
    chains_.erase(chains_.find(ended->first));
    bytes_ -= kChainBytes;
    if (!due) continue;
    bytes_ -= BytesOf(*due);
    --due_;
    return std::move(*due);
  }
  return std::nullopt;
}

double SessionDeriver::ShareBefore(Hour next) const {
  const Hour read = std::clamp(next, first_, last_ + 1) - first_;
  return static_cast<double>(read) / (last_ + 1 - first_);
}

Status SessionDeriver::Add(const StoredBatch& batch) {
  RAWHAUL_ASSIGN(auto reader, RecordBatchReader::Open(batch.encoded));
  const RecordBatchHead& head = reader.head();
  SessionKey key{head.device_id, {}};
  Chain* chain = nullptr;
  RecordId id{batch.position.sequence, 0};
  for (RecordRow row; reader.Next(row); ++id.row) {
    if (row.session_id.IsZero()) continue;
    if (row.session_id != key.session_id) {
      key.session_id = row.session_id;
      chain = Continue(key, batch.position.hour);
    }
    if (chain == nullptr || !chain->due) continue;
    if (head.kind == RecordKind::kSession) {
      MakeNotDue(*chain);
    } else {
      AddActivity(head, row, id, *chain->due);
    }
    if (!IsFull()) continue;
    DropHalf();
    key.session_id = {};  // it may be gone
  }
  return reader.status();
}

// Most of the work of a half is lost with it. But that is done again at most once for each share.
void SessionDeriver::DropHalf() {
  while (IsFull()) {
    dropped_.push_back({share_.value | uint64_t{1} << share_.bits, share_.bits + 1});
    ++share_.bits;
    for (auto& [hour, entries] : by_hour_)
      std::erase_if(entries, [this](const auto* entry) { return !share_.Has(entry->first); });
    for (auto entry = chains_.begin(); entry != chains_.end();) {
      if (share_.Has(entry->first)) {
        ++entry;
        continue;
      }
      if (entry->second.due) MakeNotDue(entry->second);
      bytes_ -= kChainBytes;
      entry = chains_.erase(entry);
    }
  }
}

SessionDeriver::Chain* SessionDeriver::Continue(const SessionKey& key, Hour hour) {
  auto place = chains_.find(key);
  if (place == chains_.end()) {
    if (hour > last_ || !share_.Has(key)) return nullptr;
    place = chains_.emplace(key, Chain{}).first;
    bytes_ += kChainBytes;
    by_hour_[hour].push_back(&*place);
    if (hour >= first_) MakeDue(key, place->second);
  }
  place->second.last_hour = hour;
  return &place->second;
}

void SessionDeriver::MakeDue(const SessionKey& key, Chain& chain) {
  chain.due = std::make_unique<DerivedSession>();
  chain.due->device_id = key.device_id;
  chain.due->session_id = key.session_id;
  bytes_ += BytesOf(*chain.due);
  ++due_;
}

void SessionDeriver::MakeNotDue(Chain& chain) {
  bytes_ -= BytesOf(*chain.due);
  chain.due.reset();
  --due_;
}

}  // namespace rawhaul
