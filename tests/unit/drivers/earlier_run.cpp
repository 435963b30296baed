// SPDX-License-Identifier: Apache-2.0
// earlier_run FOLDER UPGRADE PROGRAM action|rollback: begins the action of web-0, or
// its rollback, and goes on until it is killed. The action is PROGRAM in FOLDER, told
// the version that it is to bring: 2, or 1 in a rollback. Logs are in FOLDER/logs.
#include "support.hpp"

#include "drydock/drivers/command_driver.hpp"

#include <unistd.h>

using namespace drydock;

int main(int count, char** arguments) {
  if (count != 5)
    return 2;
  engine::command_spec spec;
  spec.directory = arguments[1];
  spec.log_directory = spec.directory + "/logs";
  const auto reimage = engine::apply_class::reimage;
  spec.actions[static_cast<std::size_t>(reimage)] = {arguments[3],
                                                     "{model.image.version}"};
  drivers::command_context context;
  context.scale_set = "web";
  context.upgrade_id = arguments[2];
  context.instances = test::make_fleet(1);
  context.latest_model.set("image.version", "2");
  context.previous_model.set("image.version", "1");
  drivers::event_loop loop;
  drivers::command_driver driver(loop, spec, context);
  protocol::step_request request;
  request.action = reimage;
  if (std::string_view(arguments[4]) == "rollback")
    request.work = protocol::work_kind::rollback;
  driver.start(request, std::make_shared<test::step_recorder>());
  for (;;)
    ::pause();
}
