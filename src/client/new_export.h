// An export as a user asks for it, and as the server wants to be asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/export_task.h"

namespace rawhaul::client {

struct ExportKind {
  enum class Selects { kDays, kNow, kWindow, kCampaigns };
  std::string_view name;     // "feedback-by-date"
  std::string_view segment;  // of the operation's path, "feedbackByDate"
  Selects selects;
};
std::span<const ExportKind> ExportKinds();

struct NewExport {
  std::string kind;                // an ExportKind's name
  std::string from = {};           // a day; for a window also a time; empty: not given
  std::string to = {};             // as `from`, included
  std::string campaign_type = {};  // empty: not given
  std::vector<uint64_t> campaigns = {};
  ExportFormat format = ExportFormat::kJsonLinesBlob;
  Compression compression = Compression::kNone;
  std::optional<uint64_t> max_file_bytes = {};
  std::string description = {};
};

struct CreateRequest {
  std::string_view segment;
  std::string body;  // JSON; holds the container URL
};
// kInvalidArgument names the option that is missing, wrong, or of no meaning for this kind.
Result<CreateRequest> MakeCreateRequest(const NewExport& wanted, const Secret& container_url);

}  // namespace rawhaul::client
