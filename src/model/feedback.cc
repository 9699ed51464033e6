#include "model/feedback.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "model/wire.h"

namespace rawhaul {
namespace {

constexpr uint8_t kVersion = 1;

constexpr std::array kCampaignTypes{CampaignType::kAnnouncement, CampaignType::kDataPush,
                                    CampaignType::kNativePush, CampaignType::kPoll};

}  // namespace

std::string_view ToString(CampaignType type) {
  switch (type) {
    case CampaignType::kAnnouncement:
      return "Announcement";
    case CampaignType::kDataPush:
      return "DataPush";
    case CampaignType::kNativePush:
      return "NativePush";
    case CampaignType::kPoll:
      return "Poll";
  }
  return "";
}

std::optional<CampaignType> ParseCampaignType(std::string_view text) {
  for (const CampaignType type : kCampaignTypes) {
    if (EqualsIgnoreCase(text, ToString(type))) return type;
  }
  return std::nullopt;
}

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
}

std::string Feedback::Encode() const {
  std::string out;
  const int64_t first_millis = wire::StorableMillis(first);
  wire::PutByte(kVersion, out);
  wire::PutVarint(flags, out);
  wire::PutSigned(first_millis, out);
  wire::PutSigned(wire::StorableMillis(last) - first_millis, out);
  return out;
}

Result<Feedback> Feedback::Decode(std::string_view encoded) {
  wire::Input in(encoded);
  const uint8_t version = in.Byte();
  if (in.ok() && version != kVersion) {
    return Fail(
        ErrorCode::kDataLoss,
        fmt::format("stored feedback has version {}; this program reads version {}", version, kVersion));
  }
  const uint64_t flags = in.Varint();
  const int64_t first = in.Time(0);
  const int64_t last = in.Time(first);
  if (!in.ok() || !in.rest().empty() || flags > UINT16_MAX || last < first) {
    return Fail(ErrorCode::kDataLoss, "stored feedback is damaged: its fields or its length are wrong");
  }
  return Feedback{static_cast<uint16_t>(flags), FromMillis(first), FromMillis(last)};
}

}  // namespace rawhaul
