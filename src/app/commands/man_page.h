// The manual page, in the language of man(7).
#pragma once

#include <string>
#include <string_view>

#include "app/commands/description.h"

namespace rawhaul {

std::string ManPage(const CommandDescription& program, std::string_view version);

}  // namespace rawhaul
