#include "app/commands/command_line.h"

int main(int argc, char** argv) { return rawhaul::RunCommandLine(argc, argv); }
