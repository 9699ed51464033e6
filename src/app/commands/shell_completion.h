// Scripts by which a shell completes the program's commands, options and values.
#pragma once

#include <string>

#include "app/commands/description.h"

namespace rawhaul {

std::string BashCompletion(const CommandDescription& program);
std::string ZshCompletion(const CommandDescription& program);
std::string FishCompletion(const CommandDescription& program);

}  // namespace rawhaul
