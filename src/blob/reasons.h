// Why the URL of a container or a blob is refused before any request: `reason` of the error. They reach
// clients of the API.
#pragma once

#include <string_view>

namespace rawhaul::reason {

inline constexpr std::string_view kInvalidContainerUrl = "InvalidContainerUrl";
inline constexpr std::string_view kInvalidStorageUrl = "InvalidStorageUrl";
inline constexpr std::string_view kDestinationNotAllowed = "DestinationNotAllowed";
inline constexpr std::string_view kSasMissing = "SasMissing";
inline constexpr std::string_view kSasExpired = "SasExpired";
inline constexpr std::string_view kSasNotYetValid = "SasNotYetValid";
inline constexpr std::string_view kSasNoWritePermission = "SasNoWritePermission";
inline constexpr std::string_view kSasNoReadPermission = "SasNoReadPermission";
inline constexpr std::string_view kSasWrongResource = "SasWrongResource";
inline constexpr std::string_view kSasProtocolMismatch = "SasProtocolMismatch";

}  // namespace rawhaul::reason
