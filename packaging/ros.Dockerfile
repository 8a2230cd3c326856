# ROS 2 and this package, built by colcon: the node over rcl, and the launch files. Not built where it was written (no container engine there).
#   docker build -f packaging/ros.Dockerfile -t flowmatching:jazzy .
#   docker run --rm -it --network=host --ipc=host flowmatching:jazzy ros2 launch flowmatching policy.launch.py robot:=so101 policy_path:=...
# With Gazebo (docs/gazebo.md): --build-arg EXTRA="ros-jazzy-ros-gz ros-jazzy-gz-ros2-control ros-jazzy-ros2-controllers ros-jazzy-robot-state-publisher"
ARG ROS_DISTRO=jazzy
FROM ros:${ROS_DISTRO}-ros-base
ARG ROS_DISTRO
ARG EXTRA=""
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jdk-headless ${EXTRA} \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /workspace
COPY . src/flowmatching
# Jars and Maven's downloads are made in one layer, and only the jars stay.
RUN . /opt/ros/${ROS_DISTRO}/setup.sh && colcon build --packages-select flowmatching && rm -rf build log src /root/.m2
RUN printf '#!/bin/sh\n. /workspace/install/setup.sh\nexec "$@"\n' > /entrypoint.sh && chmod +x /entrypoint.sh
ENTRYPOINT ["/entrypoint.sh"]
CMD ["ros2", "launch", "flowmatching", "policy.launch.py", "--show-args"]
