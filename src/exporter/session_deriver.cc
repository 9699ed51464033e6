#include "exporter/session_deriver.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <string_view>
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

void AddActivity(const RecordBatchHead& head, const RecordRow& row, const RecordId& id,
                 DerivedSession& session) {
  session.start = std::min(session.start, row.time);
  session.end = std::max(session.end, EndOf(row));
  if (id > session.activity) return;
  session.activity = id;
  session.received_at = head.received_at;
  session.info_id = head.info_id;
  session.location_id = head.location_id;
  session.user_id = head.user_id.json;
  session.user_id_is_plain = head.user_id.plain;
}

}  // namespace

size_t SessionDeriver::KeyHash::operator()(const Key& key) const {
  const auto bytes = std::bit_cast<std::array<char, sizeof(Key)>>(key);
  return std::hash<std::string_view>()({bytes.data(), bytes.size()});
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
    if (!due) continue;
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
  Key key{head.device_id, {}};
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
  }
  return reader.status();
}

SessionDeriver::Chain* SessionDeriver::Continue(const Key& key, Hour hour) {
  auto place = chains_.find(key);
  if (place == chains_.end()) {
    if (hour > last_) return nullptr;
    place = chains_.emplace(key, Chain{}).first;
    by_hour_[hour].push_back(&*place);
    if (hour >= first_) MakeDue(key, place->second);
  }
  place->second.last_hour = hour;
  return &place->second;
}

void SessionDeriver::MakeDue(const Key& key, Chain& chain) {
  chain.due = std::make_unique<DerivedSession>();
  chain.due->device_id = key.device_id;
  chain.due->session_id = key.session_id;
  ++due_;
}

void SessionDeriver::MakeNotDue(Chain& chain) {
  chain.due.reset();
  --due_;
}

}  // namespace rawhaul
