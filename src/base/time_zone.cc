#include "base/time_zone.h"

#include <absl/time/time.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNameBytes = 64;

// Where the system keeps its zones; TZDIR is what the C library and `date` look at, too.
fs::path ZoneDirectory() {
  const char* directory = std::getenv("TZDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return directory != nullptr && *directory != '\0' ? directory : "/usr/share/zoneinfo";
}

// Abseil opens whatever a name says, has names of its own and remembers each for ever: it gets only names of
// files below the directory of the zones. `right/` has clocks that count leap seconds, which UTC here does
// not.
bool IsZoneName(std::string_view name) {
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
  if (name.empty() || name.size() > kMaxNameBytes || name.front() == '/' || name.find("//") != name.npos ||
      name.find_first_not_of(kCharacters) != name.npos) {
    return false;
  }
  if (name == "localtime" || name == "posixrules" || name.starts_with("right/") ||
      name.starts_with("posix/")) {
    return false;
  }
  std::error_code error;
  return fs::is_regular_file(ZoneDirectory() / name, error);
}

std::optional<absl::TimeZone> FindZone(std::string_view name) {
  absl::TimeZone zone;
  if (!IsZoneName(name) || !absl::LoadTimeZone({name.data(), name.size()}, &zone)) return std::nullopt;
  return zone;
}

}  // namespace

std::optional<Timestamp> AtWallClock(Timestamp wall, std::string_view zone) {
  const auto found = FindZone(zone);
  if (!found) return std::nullopt;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
  const absl::CivilSecond shown =
      absl::ToCivilSecond(absl::FromUnixSeconds(seconds.time_since_epoch().count()), absl::UTCTimeZone());
  // `pre` goes on with the offset from before a change: of a time that comes twice that is the first.
  const int64_t at = absl::ToUnixSeconds(found->At(shown).pre);
  return Timestamp(std::chrono::seconds(at)) + (wall - seconds);
}

std::optional<std::chrono::minutes> ZoneOffset(Timestamp time, std::string_view zone) {
  const auto found = FindZone(zone);
  if (!found) return std::nullopt;
  const int seconds = found->At(absl::FromUnixMillis(ToMillis(time))).offset;
  return std::chrono::round<std::chrono::minutes>(std::chrono::seconds(seconds));
}

Status CheckTimeZones() {
  if (FindZone("Europe/Berlin")) return {};
  return Fail(ErrorCode::kUnavailable,
              "there are no time zones in " + ZoneDirectory().string() + "; install the package tzdata");
}

}  // namespace rawhaul
