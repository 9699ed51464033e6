#include "collect/segment/order.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <tuple>

namespace rawhaul::segment {
namespace {

int RankOf(Sequel sequel) {
  switch (sequel) {
    case Sequel::kOpened:
      return 0;
    case Sequel::kActivity:
      return 1;
    case Sequel::kNone:
    case Sequel::kInSession:
    case Sequel::kJobStarted:
      return 2;
    case Sequel::kJobFinished:
      return 3;
    case Sequel::kBackgrounded:
      return 4;
  }
  return 2;
}

bool IsBefore(const MappedMessage& a, const MappedMessage& b) {
  return std::tuple(a.time, RankOf(a.sequel)) < std::tuple(b.time, RankOf(b.sequel));
}

// `next` is that of the device, as the messages behind this one tell it. A session that begins or ends before
// the activity is another one.
void SetNextActivity(MappedMessage& message, std::optional<Timestamp>& next) {
  switch (message.sequel) {
    case Sequel::kInSession:
      message.next_activity = next;
      break;
    case Sequel::kActivity:
      next = message.time;
      break;
    case Sequel::kOpened:
    case Sequel::kBackgrounded:
      next.reset();
      break;
    case Sequel::kNone:
    case Sequel::kJobStarted:
    case Sequel::kJobFinished:
      break;
  }
}

}  // namespace

void PutInOrder(std::vector<MappedMessage>& messages) {
  std::stable_sort(messages.begin(), messages.end(), IsBefore);
  std::map<Guid, std::optional<Timestamp>> next;
  for (MappedMessage& message : std::views::reverse(messages)) {
    if (message.batch) SetNextActivity(message, next[message.batch->device_id]);
  }
}

}  // namespace rawhaul::segment
