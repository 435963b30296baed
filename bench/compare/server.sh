# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # run reads what is set here, and sets the rest
# The small server that answers all health checks; sourced by run.

# free_port: one that nobody listens on, below those that clients get.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 10000))
    if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

write_nginx_conf() {
  cat >"$work/nginx.conf" <<END
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log stderr;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  default_type text/plain;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  server {
    listen 127.0.0.1:$port;
    location /health { return 200 "ok\n"; }
  }
}
END
}

# start_server: sets $port, $url and $server_pid.
start_server() {
  local round
  port=$(free_port)
  url=http://127.0.0.1:$port/health
  case $server in
    nginx)
      write_nginx_conf
      nginx -p "$work" -c "$work/nginx.conf" >"$work/server.log" 2>&1 &
      ;;
    local_web_server)
      "$bin/local_web_server" --port "$port" --version 1 --boot 0 >"$work/server.log" 2>&1 &
      ;;
    *) die "--server must be nginx or local_web_server" ;;
  esac
  server_pid=$!
  for ((round = 0; round < 200; ++round)); do
    if curl -q --noproxy '*' -fsS -o "$work/answer" "$url" 2>/dev/null; then return; fi
    sleep 0.05
  done
  die "$server does not answer: $(tail -n 3 "$work/server.log")"
}
