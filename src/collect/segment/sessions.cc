#include "collect/segment/sessions.h"

#include <algorithm>

#include "collect/segment/ids.h"

namespace rawhaul::segment {
namespace {

constexpr std::chrono::minutes kGap{30};
constexpr std::chrono::hours kLongestPause{24};  // of a session that was opened
constexpr size_t kRemembered = 8;
enum Flags : uint8_t { kOpened = 1, kClosed = 2 };

bool Covers(const RememberedSession& session, Timestamp time) {
  const auto before = session.opened ? std::chrono::milliseconds(0) : kGap;
  const auto pause = session.opened ? std::chrono::milliseconds(kLongestPause) : kGap;
  const auto after = session.closed ? std::chrono::milliseconds(0) : pause;
  return session.first - before <= time && time <= session.last + after;
}

// Whether `a` is the likelier of two sessions at that time: the one that began last before it, else the one
// that begins first.
bool IsNearer(const RememberedSession& a, const RememberedSession& b, Timestamp time) {
  const bool a_began = a.first <= time;
  if (a_began != (b.first <= time)) return a_began;
  return a_began ? a.first > b.first : a.first < b.first;
}

// Of those that `fits` the one that is nearest to the time.
template <typename Sessions, typename Fits>
auto Nearest(Sessions& sessions, Timestamp time, Fits fits) -> decltype(sessions.data()) {
  decltype(sessions.data()) found = nullptr;
  for (auto& session : sessions) {
    if (fits(session) && (found == nullptr || IsNearer(session, *found, time))) found = &session;
  }
  return found;
}

std::optional<RememberedSession> WholeOnly(const RememberedSession& session) {
  return session.opened && session.closed ? std::optional(session) : std::nullopt;
}

}  // namespace

// One that was opened ends where the next one is opened, also when that has ended by then.
bool Sessions::GoesOnAt(const RememberedSession& session, Timestamp time) const {
  if (!Covers(session, time)) return false;
  return !session.opened || std::none_of(sessions_.begin(), sessions_.end(), [&](const auto& other) {
    return other.opened && session.first < other.first && other.first <= time;
  });
}

RememberedSession* Sessions::Find(Timestamp time) {
  return Nearest(sessions_, time, [&](const auto& session) { return GoesOnAt(session, time); });
}

// One whose activities or end came before its beginning.
RememberedSession* Sessions::FindOpenedLate(Timestamp time) {
  return Nearest(sessions_, time, [&](const auto& session) {
    return session.opened ? session.first == time : time <= session.first && session.first <= time + kGap;
  });
}

RememberedSession* Sessions::FindToClose(Timestamp time) {
  const auto again = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& session) {
    return session.closed && session.last == time;
  });
  if (again != sessions_.end()) return &*again;
  return Nearest(sessions_, time, [&](const auto& session) {
    return !session.closed && session.first <= time && GoesOnAt(session, time);
  });
}

RememberedSession& Sessions::Add(Timestamp time) {
  if (sessions_.size() == kRemembered) {
    sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(),
                                     [](const auto& a, const auto& b) { return a.last < b.last; }));
  }
  return sessions_.emplace_back(RememberedSession{SessionId(device_, time), time, time});
}

Guid Sessions::OfActivity(Timestamp time) {
  RememberedSession* found = Find(time);
  if (found == nullptr) found = &Add(time);
  found->first = std::min(found->first, time);
  found->last = std::max(found->last, time);
  return found->id;
}

Guid Sessions::At(Timestamp time, std::optional<Timestamp> next_activity) const {
  const auto* found = Nearest(sessions_, time, [&](const auto& session) { return GoesOnAt(session, time); });
  if (found != nullptr) return found->id;
  if (!next_activity) return {};
  Sessions with_next = *this;
  with_next.OfActivity(*next_activity);
  return with_next.At(time);
}

std::optional<RememberedSession> Sessions::Open(Timestamp time) {
  RememberedSession* session = FindOpenedLate(time);
  if (session != nullptr && session->opened) return std::nullopt;
  if (session == nullptr) session = &Add(time);
  session->first = time;
  session->opened = true;
  return WholeOnly(*session);
}

// One whose beginning was not heard of waits for it. An activity behind the end belongs to a session whose
// beginning is still under way.
std::optional<RememberedSession> Sessions::Close(Timestamp time) {
  RememberedSession* session = FindToClose(time);
  if (session != nullptr && session->closed) return std::nullopt;
  if (session == nullptr) session = &Add(time);
  session->last = time;
  session->closed = true;
  return WholeOnly(*session);
}

void Sessions::Encode(std::string& out) const {
  wire::PutVarint(sessions_.size(), out);
  for (const RememberedSession& session : sessions_) {
    wire::PutGuid(session.id, out);
    wire::PutSigned(wire::StorableMillis(session.first), out);
    wire::PutSigned(wire::StorableMillis(session.last), out);
    wire::PutByte((session.opened ? kOpened : 0) | (session.closed ? kClosed : 0), out);
  }
}

bool Sessions::Decode(wire::Input& in) {
  sessions_.clear();
  for (uint64_t left = in.Varint(); left > 0 && in.ok() && sessions_.size() < kRemembered; --left) {
    RememberedSession& session = sessions_.emplace_back();
    session.id = in.Guid();
    session.first = FromMillis(in.Time(0));
    session.last = FromMillis(in.Time(0));
    const uint8_t flags = in.Byte();
    session.opened = (flags & kOpened) != 0;
    session.closed = (flags & kClosed) != 0;
  }
  return in.ok();
}

}  // namespace rawhaul::segment
