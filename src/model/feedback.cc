#include "model/feedback.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "model/names.h"
#include "model/wire.h"

namespace rawhaul {
namespace {

// Feedback without answers is written as before there were any, so that an older program reads it.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kVersionWithAnswers = 2;

constexpr Names<CampaignType, 4> kCampaignTypes{{
    {CampaignType::kAnnouncement, "Announcement"},
    {CampaignType::kDataPush, "DataPush"},
    {CampaignType::kNativePush, "NativePush"},
    {CampaignType::kPoll, "Poll"},
}};

void PutAnswers(const Feedback& feedback, std::string& out) {
  wire::PutVarint(feedback.answers.size(), out);
  uint64_t before = 0;
  for (const PollAnswer& answer : feedback.answers) {
    wire::PutVarint(answer.question - before, out);
    wire::PutVarint(answer.choice, out);
    wire::PutSigned(wire::StorableMillis(answer.time) - wire::StorableMillis(feedback.last), out);
    before = answer.question;
  }
}

// Nothing when they are not as PutAnswers() writes them; `last` is that of the feedback.
std::optional<std::vector<PollAnswer>> TakeAnswers(wire::Input& in, int64_t last) {
  const uint64_t count = in.Varint();
  if (!in.ok() || count == 0 || count > kMaxPollAnswers) return std::nullopt;
  std::vector<PollAnswer> answers(count);
  uint64_t before = 0;
  for (PollAnswer& answer : answers) {
    answer.question = before + in.Varint();
    answer.choice = in.Varint();
    answer.time = FromMillis(in.Time(last));
    const bool ascends = answer.question > before || &answer == &answers.front();
    if (!in.ok() || !ascends) return std::nullopt;
    before = answer.question;
  }
  return answers;
}

}  // namespace

std::string_view ToString(CampaignType type) { return NameOf(kCampaignTypes, type); }
std::optional<CampaignType> ParseCampaignType(std::string_view text) { return ValueOf(kCampaignTypes, text); }

std::optional<uint16_t> ParseFeedbackFlag(std::string_view name) {
  for (size_t i = 0; i < kFeedbackFlags.size(); ++i) {
    if (EqualsIgnoreCase(name, kFeedbackFlags[i])) return static_cast<uint16_t>(1u << i);
  }
  return std::nullopt;
}

void Feedback::Merge(const Feedback& other) {
  flags |= other.flags;
  first = std::min(first, other.first);
  last = std::max(last, other.last);
  for (const PollAnswer& answer : other.answers) MergeAnswer(answer);
}

void Feedback::MergeAnswer(const PollAnswer& answer) {
  const auto place =
      std::lower_bound(answers.begin(), answers.end(), answer.question,
                       [](const PollAnswer& known, uint64_t question) { return known.question < question; });
  if (place == answers.end() || place->question != answer.question) {
    answers.insert(place, answer);
    if (answers.size() > kMaxPollAnswers) answers.pop_back();
  } else if (std::pair(place->time, place->choice) < std::pair(answer.time, answer.choice)) {
    *place = answer;
  }
}

std::string Feedback::Encode() const {
  std::string out;
  const int64_t first_millis = wire::StorableMillis(first);
  wire::PutByte(answers.empty() ? kVersion : kVersionWithAnswers, out);
  wire::PutVarint(flags, out);
  wire::PutSigned(first_millis, out);
  wire::PutSigned(wire::StorableMillis(last) - first_millis, out);
  if (!answers.empty()) PutAnswers(*this, out);
  return out;
}

Result<Feedback> Feedback::Decode(std::string_view encoded) {
  wire::Input in(encoded);
  const uint8_t version = in.Byte();
  if (in.ok() && version != kVersion && version != kVersionWithAnswers) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("stored feedback has version {}; this program reads versions {} and {}", version,
                            kVersion, kVersionWithAnswers));
  }
  const uint64_t flags = in.Varint();
  const int64_t first = in.Time(0);
  const int64_t last = in.Time(first);
  std::optional<std::vector<PollAnswer>> answers(std::in_place);
  if (in.ok() && version == kVersionWithAnswers) answers = TakeAnswers(in, last);
  if (!answers || !in.ok() || !in.rest().empty() || flags > UINT16_MAX || last < first) {
    return Fail(ErrorCode::kDataLoss, "stored feedback is damaged: its fields or its length are wrong");
  }
  return Feedback{static_cast<uint16_t>(flags), FromMillis(first), FromMillis(last), *std::move(answers)};
}

}  // namespace rawhaul
