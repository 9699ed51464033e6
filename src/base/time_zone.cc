#include "base/time_zone.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/ucal.h>

#include <memory>

namespace rawhaul {
namespace {

// All time zones that ICU makes are of this class.
std::unique_ptr<const icu::BasicTimeZone> FindZone(std::string_view name) {
  const auto id = icu::UnicodeString::fromUTF8({name.data(), static_cast<int32_t>(name.size())});
  std::unique_ptr<const icu::TimeZone> zone(icu::TimeZone::createTimeZone(id));
  icu::UnicodeString found;
  if (zone->getID(found) == UCAL_UNKNOWN_ZONE_ID) return nullptr;
  return std::unique_ptr<const icu::BasicTimeZone>(static_cast<const icu::BasicTimeZone*>(zone.release()));
}

}  // namespace

std::optional<Timestamp> AtWallClock(Timestamp wall, std::string_view zone) {
  const auto found = FindZone(zone);
  if (found == nullptr) return std::nullopt;
  int32_t standard = 0;
  int32_t daylight = 0;
  UErrorCode error = U_ZERO_ERROR;
  found->getOffsetFromLocal(static_cast<UDate>(ToMillis(wall)), UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER,
                            standard, daylight, error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  return wall - std::chrono::milliseconds(standard + daylight);
}

std::optional<std::chrono::minutes> ZoneOffset(Timestamp time, std::string_view zone) {
  const auto found = FindZone(zone);
  if (found == nullptr) return std::nullopt;
  int32_t standard = 0;
  int32_t daylight = 0;
  UErrorCode error = U_ZERO_ERROR;
  found->getOffset(static_cast<UDate>(ToMillis(time)), 0, standard, daylight, error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  return std::chrono::round<std::chrono::minutes>(std::chrono::milliseconds(standard + daylight));
}

}  // namespace rawhaul
