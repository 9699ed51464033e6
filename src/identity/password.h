// Hashes of secrets: argon2id as libsodium makes it ("$argon2id$v=19$...").
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// Costs tens of milliseconds and 64 MiB on purpose (crypto_pwhash's INTERACTIVE limits).
Result<std::string> HashPassword(std::string_view password);
// In a time that does not depend on where they differ.
bool VerifyPassword(std::string_view password, std::string_view hash);

}  // namespace rawhaul
