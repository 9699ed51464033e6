// What a device did with a push campaign.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"

namespace rawhaul {

// The values are part of the storage format: never renumber.
enum class CampaignType : uint8_t { kAnnouncement = 1, kDataPush = 2, kNativePush = 3, kPoll = 4 };
std::string_view ToString(CampaignType type);
// In any case, as the 2014-12-01 client sends enums as they were typed.
std::optional<CampaignType> ParseCampaignType(std::string_view text);

// Bit i of a flag set stands for kFeedbackFlags[i]: part of the storage format, append only.
inline constexpr std::array<std::string_view, 11> kFeedbackFlags{
    "Queued",
    "Dropped",
    "InAppNotificationDisplayed",
    "InAppNotificationActioned",
    "InAppNotificationExited",
    "SystemNotificationDisplayed",
    "SystemNotificationActioned",
    "SystemNotificationExited",
    "ContentDisplayed",
    "ContentActioned",
    "ContentExited",
};
std::optional<uint16_t> ParseFeedbackFlag(std::string_view name);  // the bit; in any case

inline constexpr uint16_t kQueuedFlag = 1;
static_assert(kFeedbackFlags[0] == "Queued");
// Whether a device reported more on a campaign than that it is queued for it.
inline bool IsAnswered(uint16_t flags) { return (flags & ~kQueuedFlag) != 0; }

struct FeedbackKey {
  CampaignType type = CampaignType::kAnnouncement;
  uint64_t campaign_id = 0;
  Guid device_id;

  auto operator<=>(const FeedbackKey&) const = default;
};

// What a device chose as the answer to a question of a poll.
struct PollAnswer {
  uint64_t question = 0;
  uint64_t choice = 0;
  Timestamp time;

  bool operator==(const PollAnswer&) const = default;
};

// So many answers of one device to one poll are kept: those to the questions with the lowest ids.
inline constexpr size_t kMaxPollAnswers = 100;

// Merging is commutative, and merging the same again changes nothing: flags are OR-ed, the span widens, and
// of the answers to a question the latest counts, of two at the same time the one with the greater choice.
struct Feedback {
  uint16_t flags = 0;
  Timestamp first;
  Timestamp last;
  std::vector<PollAnswer> answers = {};  // by question, each once; at most kMaxPollAnswers

  void Merge(const Feedback& other);
  void MergeAnswer(const PollAnswer& answer);
  std::string Encode() const;
  static Result<Feedback> Decode(std::string_view encoded);
  bool operator==(const Feedback&) const = default;
};

}  // namespace rawhaul
